"""Quality on labelled data, in the fixed form of ``guanlan eval`` (design section 7).

One module for each NAME, each with::

    def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport
"""
