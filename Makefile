# Hanpan (한판). Plain `make` says what there is. Everything is installed into .venv.

VENV := .venv
PYTHON_IN := $(VENV)/bin/python
PIP := $(PYTHON_IN) -m pip --disable-pip-version-check --no-input --quiet
SETUP := $(VENV)/run.stamp
DEV_SETUP := $(VENV)/dev.stamp
BUILT_FROM := pyproject.toml hanpan/__init__.py

.DEFAULT_GOAL := help
.PHONY: help run install doctor test bench soak lint format lock browser clean

help:
	@echo "make run      설치하고 모두 시작합니다            install and start everything"
	@echo "make install  .venv에 설치만 합니다                install into .venv only"
	@echo "make doctor   무엇이 잘못되었는지 알려 줍니다     say what is wrong"
	@echo "make test     모든 테스트 (브라우저 포함)         every test, browser included"
	@echo "make bench    속도 측정 (bench/results)           measure"
	@echo "make soak     오래 걸리는 테스트                  the long forms of the tests"
	@echo "make lint     형식, 타입, 가져오기 규칙           format, types, import rules"
	@echo "make format   형식을 고칩니다                     mend the format"
	@echo "make lock     잠금 파일을 새로 만듭니다           resolve the locked versions anew"
	@echo "make clean    .venv와 캐시를 지웁니다 (데이터는 그대로)  remove .venv and caches"

run: $(SETUP)
	@$(PYTHON_IN) -m hanpan run --with-parent

install: $(SETUP)

doctor: $(SETUP)
	@$(PYTHON_IN) -m hanpan doctor

test: $(DEV_SETUP) browser
	@$(PYTHON_IN) -m pytest -n 2 --dist loadgroup $(ARGS)

bench: $(DEV_SETUP)
	@$(PYTHON_IN) -m bench $(ARGS)

soak: $(DEV_SETUP) browser
	@HANPAN_SOAK=1 $(PYTHON_IN) -m pytest -n 2 --dist loadgroup -s $(ARGS)

lint: $(DEV_SETUP)
	@$(PYTHON_IN) -m ruff check .
	@$(PYTHON_IN) -m ruff format --check .
	@$(PYTHON_IN) -m mypy
	@$(VENV)/bin/lint-imports

format: $(DEV_SETUP)
	@$(PYTHON_IN) -m ruff check --fix .
	@$(PYTHON_IN) -m ruff format .

browser: $(DEV_SETUP)
	@sh scripts/browser $(PYTHON_IN)

# The versions are resolved by uv, which is wanted for nothing else and so lives apart.
UV := $(VENV)/lock/bin/uv
COMPILE := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header \
	--extra redis-server --group build

lock: $(SETUP)
	@test -x $(UV) || { $(PYTHON_IN) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -q uv; }
	@$(COMPILE) --output-file requirements.lock $(ARGS)
	@$(COMPILE) --extra dev --constraints requirements.lock --output-file requirements-dev.lock $(ARGS)

$(SETUP): requirements.lock $(BUILT_FROM) | $(PYTHON_IN)
	@echo "설치하고 있습니다. 처음에는 1분쯤 걸립니다. (Installing; about a minute the first time.)"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_SETUP): requirements-dev.lock $(SETUP)
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(PYTHON_IN):
	@sh scripts/venv $(VENV)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
