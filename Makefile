# What a developer and an operator type. `make help` lists it.
PYTHON ?= python3
PREPARE = $(PYTHON) deploy/prepare.py
BIN = .venv/bin
RASA = env FRONTDOOR_RASA_TOKEN=test FRONTDOOR_TRACKER_URL=sqlite:// \
	FRONTDOOR_ACTIONS_URL=http://127.0.0.1:5055 .venv-rasa/bin/python -m
# Runs a talkative command: its name, then the command; its lines go to var/log unless it fails.
QUIETLY = sh -c 'echo "$$0 …"; mkdir -p var/log; "$$@" > var/log/$$0.log 2>&1 || \
	{ tail -n 40 var/log/$$0.log; echo "$$0 failed: var/log/$$0.log has it all"; exit 1; }'
OURS = common channels knowledgebase tickets webhooks handoff actions server
.DEFAULT_GOAL := help

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: run
run:  ## install, build, train and migrate what is not yet, then start everything
	@$(PREPARE) run && exec $(BIN)/frontdoor up

.PHONY: wechat-demo
wechat-demo:  ## the product with a simulated WeChat: be a customer with a phone, and an agent
	@$(PREPARE) run && exec $(BIN)/python -m tests.wechat_simulator.demo

.PHONY: train
train:  ## train the assistant if its inputs changed
	@$(PREPARE) env rasa model

.PHONY: web
web:  ## build the widget and the consoles if their sources changed
	@$(PREPARE) web

.PHONY: check
check:  ## lint, types, import contracts and the fast tests, on SQLite
	@$(PREPARE) dev web
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy $(OURS)
	cd web && npm run --silent check
	$(BIN)/pytest -q -n 2 -m "not e2e and not browser and not postgres"

.PHONY: test
test: test-fast test-bot test-whole  ## everything; does its own set-up

.PHONY: test-fast
test-fast:
	@$(PREPARE) test
	$(BIN)/pytest -q -n 2 -m "not e2e and not browser"

.PHONY: test-bot
test-bot:  ## what is loaded into Rasa, its data and its stories
	@$(PREPARE) test
	$(RASA) pytest -q tests/bot
	@$(QUIETLY) rasa-validate $(RASA) bot data validate --fail-on-warnings
	@$(QUIETLY) rasa-stories $(RASA) bot test core --stories tests/stories \
		--fail-on-prediction-errors --out var/rasa-test --no-plot
	@$(QUIETLY) rasa-nlu $(RASA) bot test nlu --nlu tests/nlu/test_nlu.yml \
		--out var/rasa-test/nlu --no-plot
	@$(QUIETLY) rasa-blind $(RASA) bot test nlu --nlu tests/nlu/blind.yml \
		--out var/rasa-test/blind --no-plot
	$(BIN)/python tests/nlu/check_report.py var/rasa-test/nlu/intent_report.json 0.95
	$(BIN)/python tests/nlu/check_report.py var/rasa-test/blind/intent_report.json 0.94

.PHONY: test-whole
test-whole:  ## the real processes with the trained model, in a terminal and in a browser
	@$(PREPARE) test
	$(BIN)/pytest -q -m "e2e or browser"

.PHONY: chaos
chaos:  ## kill every part again and again under load, SECONDS=600 or as said; nothing may be lost
	@$(PREPARE) test
	CHAOS_SECONDS=$(or $(SECONDS),600) $(BIN)/pytest -q -s tests/chaos/test_chaos.py

.PHONY: bench
bench: bench-rasa bench-server bench-understanding bench-intents bench-queue bench-wechat  ## all measurements

.PHONY: bench-rasa
bench-rasa:  ## turns a second and latency, ours against stock Rasa
	@$(PREPARE) test
	$(BIN)/python benchmarks/bench_rasa.py

.PHONY: bench-server
bench-server:  ## what our server adds to Rasa's own time
	@$(PREPARE) test
	$(BIN)/python benchmarks/bench_server.py

.PHONY: bench-understanding
bench-understanding:  ## finding the right article, and saying honestly that there is none
	@$(PREPARE) test
	$(BIN)/python benchmarks/bench_understanding.py

.PHONY: bench-intents
bench-intents:  ## which pipeline understands intents best, and what it costs; goes on where it stopped
	@$(PREPARE) test
	nice .venv-rasa/bin/python benchmarks/bench_intents.py

.PHONY: bench-queue
bench-queue:  ## claims, assignment and messages of the human queue; needs PostgreSQL and Redis
	@$(PREPARE) test
	$(BIN)/python benchmarks/bench_queue.py

.PHONY: bench-wechat
bench-wechat:  ## ten thousand messages over a simulated WeChat in trouble, in 8 minutes; needs PostgreSQL and Redis
	@$(PREPARE) test
	env PYTHONPATH=. $(BIN)/python benchmarks/bench_wechat.py

.PHONY: lock
lock:  ## write the hash-locked requirement files anew
	@$(PREPARE) env
	$(BIN)/uv pip compile -q -U --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q -U --python-version 3.11 --generate-hashes pyproject.toml --group dev -o requirements-dev.txt
	$(BIN)/uv pip compile -q -U --python-version 3.10 --generate-hashes requirements-rasa.in -o requirements-rasa.txt
	$(BIN)/uv pip compile -q -U --generate-hashes deploy/requirements-uv.in -o deploy/requirements-uv.txt

.PHONY: clean
clean:  ## forget state, models and builds; environments stay
	rm -rf var models web/dist
