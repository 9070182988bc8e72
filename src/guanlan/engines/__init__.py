"""Where a batch runs: in this process, or on a pool of processes. One small interface."""
