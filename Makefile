# Rivulet: `make run`, `make test`, `make test-postgres`, `make check`, `make bench`. Needs Python >= 3.11 and make.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
MINUTES ?= 10
# What differs most between databases: half a minute of `make test-postgres`.
ON_POSTGRES := tests/journal/test_contract.py tests/journal/test_several_processes.py tests/search/test_index.py \
	tests/access/test_requests.py tests/messages/test_branches.py tests/turns/test_history.py tests/inout/test_shares.py
VENV := .venv
BIN := $(VENV)/bin
DEBIAN := chromium redis-server postgresql nginx fonts-noto-color-emoji gettext
COMMANDS := chromium:chromium redis-server:redis-server nginx:nginx msgfmt:gettext

.PHONY: run cluster demonstration test test-postgres check faults kills fuzz bench bench-slow bench-speed bench-browser bench-pages bench-size screenshots lock vendor system messages clean

run: $(VENV)/.run
	@exec $(BIN)/python manage.py serve --prepare --host $(HOST) --port $(PORT)

# The product on many processes on this machine, to be looked at and killed. Its data end with it.
cluster: $(VENV)/.dev system
	@exec $(BIN)/python -m tests.cluster

# A hundred replies on that cluster, and one process of each kind is killed amid them.
demonstration: $(VENV)/.dev system
	$(BIN)/python -m pytest --thorough -s tests/kills/test_cluster.py -k any_one

test: $(VENV)/.dev system check
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
	TEST_DATABASE=postgresql $(BIN)/python -m pytest -q -n 2 --dist loadfile $(ON_POSTGRES)

# Everything once more, in processes and products that have their databases in a PostgreSQL.
test-postgres: $(VENV)/.dev system
	TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@DATA_DIR=.artifacts/check $(BIN)/python manage.py makemigrations --check --dry-run
	@DATA_DIR=.artifacts/check ALLOWED_HOSTS=chat.example.org CSRF_TRUSTED_ORIGINS=https://chat.example.org \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python -m pytest -q tests/test_imports.py

# What docs/reliability.md lists, on one process and then on a cluster, where tests/faults/left_out.py has no reason against it.
faults: $(VENV)/.dev system
	$(BIN)/python -m pytest -n 4 --dist loadfile --thorough tests/faults tests/browser/test_reloading.py
	TEST_TOPOLOGY=cluster $(BIN)/python -m pytest -n 4 --dist loadfile tests/faults tests/kills

# Processes of a cluster die at random while replies stream: a thousand of them, or as many as fit into MINUTES. Then each that
# serves or works is restarted in turn, fifty times.
kills: $(VENV)/.dev system
	$(BIN)/python -m tests.kills --minutes $(MINUTES)
	$(BIN)/python -m pytest --thorough -s tests/kills/test_cluster.py -k restarted

bench: $(VENV)/.dev system
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.pages
	$(BIN)/python -m tests.benchmarks.browser

# Replies at once, by themselves: some twelve minutes on an idle machine; part of `bench`.
bench-speed: $(VENV)/.dev system
	$(BIN)/python -m tests.benchmarks --window 6

# What a long reply costs the browser; part of `bench`, and some six minutes of it.
bench-browser: $(VENV)/.dev system
	$(BIN)/python -m tests.benchmarks.browser

# What pages weigh and how soon they are there; part of `bench`, which takes longer.
bench-pages: $(VENV)/.dev system
	$(BIN)/python -m tests.benchmarks.pages

# What each page costs on a site of a million messages, on SQLite and on PostgreSQL; some half an hour and 15 GB.
bench-size: $(VENV)/.dev system
	$(BIN)/python -m tests.benchmarks.size

# 100,000 answers of model servers, 100,000 frames and 10,000 cursors of clients, bent in every way.
fuzz: $(VENV)/.dev system
	$(BIN)/python -m tests.fuzz

# What two hundred clients cost that never read.
bench-slow: $(VENV)/.dev system
	$(BIN)/python -m tests.benchmarks.slow

screenshots: $(VENV)/.dev system
	$(BIN)/python -m tests.browser.screenshots

# The pinned versions and their hashes, from what pyproject.toml allows. Needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--quiet pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--quiet pyproject.toml --group dev -o requirements-dev.txt

# Unmodified builds of what the browser needs, as static/vendor/packages.txt lists them, and their hashes. Needs npm.
vendor:
	@set -e; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; cd static/vendor; \
	grep -v '^#' packages.txt | while read -r directory package files; do \
		rm -rf "$$directory" "$$work/package"; \
		tar -xzf "$$work/$$(cd "$$work" && npm pack --silent "$$package")" -C "$$work"; \
		for file in $$(cd "$$work/package" && ls -d $$files); do \
			install -D -m 644 "$$work/package/$$file" "$$directory/$${file#dist/}"; \
		done; \
	done; \
	find . -type f ! -name '*.txt' | sort | xargs sha256sum > checksums.txt

# The texts of templates, Python and modules, gathered for translation and compiled. Needs gettext.
messages: $(VENV)/.dev
	@for domain in "django --extension html,py" "djangojs --extension js"; do \
		$(BIN)/python manage.py makemessages --verbosity 0 --locale de --locale ar --no-location --no-obsolete --no-wrap \
			--ignore tests --ignore data --ignore "static/vendor/*" --domain $$domain || exit 1; done
	@sed -i '/^"POT-Creation-Date/d' chat/locale/*/LC_MESSAGES/*.po
	@$(BIN)/python manage.py compilemessages --verbosity 0 --ignore "$(VENV)" --ignore data

# What the tests drive beside Python packages: a browser and servers.
system:
	@missing=""; for each in $(COMMANDS); do command -v $${each#*:} >/dev/null || missing="$$missing $${each%:*}"; done; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || missing="$$missing postgresql"; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null; \
		else echo "The tests need:$$missing. On Debian: sudo apt-get install$$missing"; exit 1; fi; \
	fi

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Rivulet needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Rivulet needs; this is done once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) .static .artifacts
