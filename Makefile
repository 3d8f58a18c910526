# The usual words for what scripts/ does; each is one script or one Maven call.
.DEFAULT_GOAL := help
.PHONY: help build run dev test clean deps docker

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

build: ## target/broker.jar and its libraries, without tests
	mvn -B -DskipTests package

run: ## Everything on this machine
	./scripts/run

dev: run ## The same

test: ## Every test
	./scripts/test

clean: ## Remove what was built; data stays
	mvn -B clean

deps: ## Download all that the build needs
	mvn -B dependency:go-offline

docker: ## The image gpt-broker
	docker build -t gpt-broker .
