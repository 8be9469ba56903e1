# make demo · make test · make lint; each creates .venv first where there is none.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# metrics and attacks are held to theirs; without dependencies, since torchvision would bring another torch along
PEERS := torchvision torch-fidelity pytorch-fid lpips prdc torchattacks

.PHONY: demo test lint lock audit check bench docs clean

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[environments,tensorboard,parquet,music,hub,transport,ray,quantum,export,studio,docs,dev,peers]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps $(PEERS)
	touch $(READY)

# trains a GAN on real handwritten digits; run again, it starts afresh beside the old run
demo: $(READY)
	$(BIN)/rivals train wgan-gp --data digits --out runs/demo --eval-every 1000 --fresh

test: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src scripts

# constraints.txt anew, from what is installed: the same versions everywhere, with whatever build of torch suits
lock: $(READY)
	head -n 1 constraints.txt > constraints.new
	$(BIN)/python -m pip list --format freeze --exclude-editable --exclude pip --exclude setuptools \
	  | sed 's/+cpu$$//' >> constraints.new
	mv constraints.new constraints.txt

# known holes in what is installed, where the advisories can be reached; it never blocks
audit: $(READY)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	-$(BIN)/pip-audit --local --skip-editable --progress-spinner off

# the contract of every recipe, from the command line
check: $(READY)
	$(BIN)/rivals list --json | $(BIN)/python -c "import json, sys; print(*(r['id'] for r in json.load(sys.stdin)))" \
	  | xargs -n 1 $(BIN)/rivals check

# the site, in site/; a page that links to nothing is an error
docs: $(READY)
	$(BIN)/mkdocs build --strict

bench: $(READY)
	$(BIN)/python benchmarks/startup.py

clean:
	rm -rf .venv build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
