#!/usr/bin/env bash
# Makes slipway-tiny again from nothing: data, tokenizer, training, evaluation. Everything goes into work/ beside this
# script; --install then puts the model, its loss curve and the evaluation's table where they are committed.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
slipway() { dotnet run -c Release --no-build --project "$here/../../src/Slipway" -- "$@"; }

dotnet build -c Release --nologo -v q ../../src/Slipway
dotnet run -c Release --project recipe -- work/data
slipway train tokenizer --out work/tokenizer --vocab-size 4096 --chat-template chat_template.jinja work/data/train.jsonl
slipway train train.yaml "$@"
slipway evaluate --model work/out/slipway-tiny-q8_0.gguf --table work/evaluation.md --failures 20 work/data/heldout.jsonl
