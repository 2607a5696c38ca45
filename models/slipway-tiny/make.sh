#!/usr/bin/env bash
# Makes slipway-tiny again from nothing: data, tokenizer, training, evaluation. Everything goes into work/ beside this script.
#   ./make.sh              half an hour on two cores
#   ./make.sh --resume     goes on after an interruption
#   ./make.sh --install    and puts model, loss curve, questions and scores where they are committed
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
slipway() { dotnet run -c Release --no-build --project "$here/../../src/Slipway" -- "$@"; }

install=false
resume=()
for argument in "$@"; do
  case $argument in
    --install) install=true ;;
    --resume) resume=(--resume) ;;
    *) echo "make.sh: '$argument' is not known; --resume and --install are." >&2; exit 2 ;;
  esac
done

dotnet build -c Release --nologo -v q ../../src/Slipway
if [ ${#resume[@]} -eq 0 ]; then
  dotnet run -c Release --project recipe -- work/data
  slipway train tokenizer --out work/tokenizer --vocab-size 4096 --chat-template chat_template.jinja work/data/train.jsonl
fi
slipway train train.yaml "${resume[@]}"
slipway evaluate --model work/out/slipway-tiny-q8_0.gguf --table work/evaluation.md --failures 20 work/data/heldout.jsonl

if $install; then
  cp work/out/slipway-tiny-q8_0.gguf work/out/training_loss.svg work/data/heldout.jsonl work/evaluation.md .
fi
