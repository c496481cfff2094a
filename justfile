# The daily commands. `just` alone lists them.

_list:
    @just --list --unsorted

# The hub, optimised
build:
    cargo build --release

# Run it; flags go through: just run --listen 127.0.0.1:4000
run *flags:
    cargo run --release -- serve {{flags}}

# Every test, on both databases; installs and starts what is missing (Debian, root)
test:
    tests/run

# Tests whose name holds WORDS: just one inbox
one words:
    tests/run {{words}}

# Format, warnings as errors
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Format in place
format:
    cargo fmt --all

# Measure: publish, sockets, push or scale; without a name all of them
bench *what:
    cargo bench --bench hub -- {{what}}

# The random history of the model test with the SEED that a failure printed
model seed:
    AGENT_HUB_MODEL_SEED={{seed}} tests/run random_histories
