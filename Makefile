# 观澜 Guanlan: one verb, one script. CI calls the same ones (.ci/run).
.DEFAULT_GOAL := help
.PHONY: help run test lint bench bench-peers soak assets clean

help: ## 列出这些命令 · list these verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

HOST ?= 127.0.0.1
PORT ?= 8000

run: assets ## 安装、载入示例单位并启动 · install, load the demo body, start everything
	@.venv/bin/guanlan demo --host $(HOST) --port $(PORT)

test: ## 安装并跑完全部测试 · set up and pass every test
	@scripts/install --dev
	@scripts/assets
	@scripts/test

lint: ## 风格、类型、导入方向、译文 · style, types, import direction, translations
	@scripts/install --dev
	@scripts/lint

bench: ## 速度,与同类同跑比较 · speed, as ratios taken in one run
	@scripts/install --dev
	@scripts/bench

bench-peers: ## 与同类库同跑比较(另装环境) · quality and speed beside other libraries, in an environment of their own
	@scripts/install --dev
	@scripts/bench-peers

soak: ## 长跑与断电测试 · long runs and kill -9
	@scripts/install --dev
	@scripts/assets
	@scripts/soak

assets: ## 取样式、图标并编译译文 · fetch styles and icons, compile translations
	@scripts/install
	@scripts/assets

clean: ## 删去安装与生成的文件(数据不动) · remove what was installed or built (data stays)
	rm -rf .venv .venv-peers node_modules src/guanlan/desk/web/static/vendor build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results src/*.egg-info
	find src tests scripts -name __pycache__ -type d -exec rm -rf {} +
	find src -name '*.mo' -delete
