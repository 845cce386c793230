# The commands of the README and CONTRIBUTING.md.

.PHONY: help demo build test survey leaks probes msrv nodes case-o1js case-o1js-handles case-gates case-exports bench bench-analyze bench-record bench-account bench-report bench-reach fuzz bless

help:
	@echo "make demo           build, and record the o1js of npm (under 3 minutes the first time)"
	@echo "make test           everything that must pass"
	@echo "make build          target/release/unfreed"
	@echo "make survey         the allocators of 62 modules of npm, which it installs first"
	@echo "make leaks          build the modules of tests/leaks again and compare them with those committed"
	@echo "make probes         the same with the modules of tests/probes"
	@echo "make msrv           unfreed-probe with the minimum Rust version, from Debian's package"
	@echo "make nodes          the tests of the hook in six other versions of Node, which it installs first"
	@echo "make case-o1js      record ten proofs of o1js and write docs/case-studies/o1js.md (half an hour)"
	@echo "make case-o1js-handles  count and weigh the handles of o1js and write docs/case-studies/o1js-handles.md (a minute)"
	@echo "make case-gates     unfreed check on a leaking and a fixed o1js, 20 times each (minutes)"
	@echo "make case-exports   what each tool says of the exports of o1js (a minute, after make demo)"
	@echo "make bench-analyze  unfreed analyze against grep on a log of 378 MB, side by side"
	@echo "make bench-record   what unfreed record costs: automerge and more, plain and recorded in turns"
	@echo "make bench-account  a recording of 10 million events and 1 million live blocks"
	@echo "make bench-report   size, time to open and frames of its report, in Chromium"
	@echo "make bench-reach    what holds the 5 million live blocks of a memory of 1 GiB"
	@echo "make bench          decoding, matching, traces and the hook, each alone"
	@echo "make fuzz           each fuzz target for SECONDS=300"
	@echo "make bless          rewrite golden files after a change that was meant; review the diff"

build:
	cargo build --release --locked -p unfreed

demo: build
	scripts/demo.sh

test:
	scripts/test.sh

survey:
	scripts/npm-modules.sh
	UNFREED_NPM_MODULES=target/npm-modules cargo test --release --locked -p unfreed-rewrite --features survey --test survey -- --nocapture

leaks:
	scripts/leaks.sh

probes:
	scripts/probes.sh

msrv:
	scripts/msrv.sh

nodes:
	scripts/nodes.sh

case-o1js: build
	scripts/case-o1js.sh

case-o1js-handles: build
	scripts/case-o1js-handles.sh

case-gates: build
	scripts/case-gates.sh

case-exports: build
	scripts/demo.sh
	scripts/consumers.sh target/release/unfreed target/demo/pool.unfreed

bench-analyze: build
	cargo run --release --locked -p unfreed-bench --bin bench-analyze -- target/release/unfreed

bench-record: build
	scripts/bench-record.sh

bench-account: build
	scripts/bench-account.sh

bench-report: build
	scripts/bench-report.sh

bench-reach:
	cargo run --release --locked -p unfreed-engine --example bench-reach

bench:
	cargo bench --locked -p unfreed-events --bench decode
	cargo bench --locked -p unfreed-engine --bench matching
	cargo bench --locked -p unfreed-events --bench trace
	node js/bench/hook.cjs

SECONDS ?= 300
fuzz:
	scripts/tools.sh
	for target in $$(PATH="$$PWD/target/tools/bin:$$PATH" cargo fuzz list); do scripts/fuzz.sh $$target $(SECONDS) || exit 1; done

bless:
	BLESS=1 INSTA_UPDATE=always cargo test --workspace --locked
