# Works from any folder, also with spaces in its path.
TOOLS := $(shell printf '%s' "$(MAKEFILE_LIST)" | sed 's/^ *//; s/Makefile$$//')tools
.DEFAULT_GOAL := help
.PHONY: help run test lint format bench pictures readme i18n clean

help:
	@echo 'make run             Odoo with the addons and demo data on http://localhost:8069 (admin / admin)'
	@echo '                     PORT=8070 DB=name HOST=0.0.0.0 (listen to other machines too)'
	@echo 'make test            lint, the addons'"'"' tests, system tests'
	@echo '                     TESTS="kala_comm -k matching"   some tests of one addon'
	@echo '                     TESTS="tests/test_x.py"         some system tests'
	@echo 'make lint            only the checks of style;  make format  mends what can be mended'
	@echo 'make bench           the table of speed and reliability; ARGS="…" goes to the benchmarks'
	@echo 'make pictures        the pictures of README and docs, of a fresh demo database; ONLY=inbox some'
	@echo 'make i18n            the terms of all addons, and the Hebrew and Polish catalogues in step with them'
	@echo 'make readme          README.rst and the page in Apps of every addon, from its folder readme'
	@echo 'make clean           removes all that was installed and all databases'
	@echo 'Variables: KALA_HOME=folder of all that is installed [.kala], ODOO_HOME=an Odoo 19 checkout,'
	@echo '           PGHOST=a PostgreSQL server of yours (with PGPORT, PGUSER, PGPASSWORD)'

run:
	@"$(TOOLS)/run"
test:
	@"$(TOOLS)/test-all" $(TESTS)
lint:
	@"$(TOOLS)/lint"
format:
	@"$(TOOLS)/lint" --fix
bench:
	@"$(TOOLS)/bench" $(ARGS)
pictures:
	@"$(TOOLS)/pictures"
i18n:
	@"$(TOOLS)/i18n"
readme:
	@"$(TOOLS)/readme"
clean:
	@"$(TOOLS)/clean"
