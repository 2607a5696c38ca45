using System.Text.Json;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>
/// What users may add to a command line. The flags are those of https://docs.vllm.ai/en/latest/cli/serve/,
/// https://docs.sglang.io/advanced_features/server_arguments.html and
/// https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md, as they were in November 2026.
/// </summary>
public sealed class RefusedArgumentTests
{
    [Theory]
    [InlineData("vllm", "--port 1", "--port")]
    [InlineData("vllm", "--max-num-seqs 4 --port=1", "--port")]
    [InlineData("vllm", "--po 1", "--port")]
    [InlineData("vllm", "--api-k sk-1", "--api-key")]
    [InlineData("vllm", "--api_key=sk-1", "--api-key")]
    [InlineData("vllm", "--hf_token hf_1", "--hf-token")]
    [InlineData("llama-server", "-hft hf_1", "-hft")]
    [InlineData("vllm", "--uds /tmp/s", "--uds")]
    [InlineData("vllm", "--config f.yaml", "--config")]
    [InlineData("vllm", "--ssl_keyfile k", "--ssl-*")]
    [InlineData("vllm", "--ss k", "--ssl-*")]
    [InlineData("vllm", "--root-path /x", "--root-path")]
    [InlineData("vllm", "--served_model_name x", "--served-model-name")]
    [InlineData("vllm", "--model other", "--model")]
    [InlineData("vllm", "--model.x 1", "--model")]
    [InlineData("vllm", "--headless", "--headless")]
    [InlineData("vllm", "--middleware os.system", "--middleware")]
    [InlineData("vllm", "--chat-template --host 0.0.0.0", "--host")]
    [InlineData("sglang", "--hos 0.0.0.0", "--host")]
    [InlineData("sglang", "--model other", "--model")]
    [InlineData("sglang", "--admin-api-key=x", "--admin-api-key")]
    [InlineData("sglang", "--fastapi-root-path /x", "--fastapi-root-path")]
    [InlineData("sglang", "--grpc-mode", "--grpc-mode")]
    [InlineData("sglang", "--base-gpu-id 1", "--base-gpu-id")]
    [InlineData("sglang", "--node-rank 1", "--node-rank")]
    [InlineData("llama-server", "-m other.gguf", "-m")]
    [InlineData("llama-server", "-a other", "-a")]
    [InlineData("llama-server", "--alias other", "--alias")]
    [InlineData("llama-server", "--api-key-file k", "--api-key-file")]
    [InlineData("llama-server", "--api_key k", "--api-key")]
    [InlineData("llama-server", "--models-dir /m", "--models-*")]
    [InlineData("llama-server", "-hf a/b", "-hf")]
    [InlineData("llama-server", "--ssl-key-file k", "--ssl-*")]
    [InlineData("llama-server", "--api-prefix /x", "--api-prefix")]
    [InlineData("llama-server", "--tools all", "--tools")]
    [InlineData("llama-server", "--agent", "--agent")]
    [InlineData("slipway", "--port 1", "--port")]
    [InlineData("slipway", "--port:1", "--port:1")]
    [InlineData("slipway", "-mx", "-mx")]
    [InlineData("slipway", "--threads @file", "@file")]
    [InlineData("slipway", "--threads --host", "--host")]
    [InlineData("slipway", "--no-model", "--no-model")]
    [InlineData("slipway", "--classic-ports", "--classic-ports")]
    public void A_flag_that_breaks_supervision_is_refused_by_name(string engine, string line, string named)
    {
        var fault = EngineBench.Engine(engine).FaultOf(EngineBench.Words(line));

        Assert.NotNull(fault);
        Assert.Contains(named, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vllm", "--max-num-seqs 4 --gpu-memory-utilization=0.5 -tp 2 --enforce-eager -q awq")]
    [InlineData("vllm", "--config-format hf --model-impl auto --data-parallel-size 2")]
    [InlineData("vllm", "--lora-modules a=/x b=/y --seed -1 --chat-template --x")]
    [InlineData("vllm", "")]
    [InlineData("sglang", "--tp 2 --mem-fraction-static 0.7 --context-length 4096 --log-level info")]
    [InlineData("llama-server", "-c 4096 -np 2 -fa auto --seed -1 --control-vector-layer-range 1 2 --chat-template-file x")]
    [InlineData("slipway", "--workers 4 --threads=2 --log-level Debug")]
    public void Other_flags_are_the_users_own(string engine, string line)
    {
        var fault = EngineBench.Engine(engine).FaultOf(EngineBench.Words(line));

        Assert.Null(fault);
    }

    [Theory]
    [InlineData("vllm", "other")]
    [InlineData("vllm", "-5")]
    [InlineData("vllm", "--max-num-seqs=4 other")]
    [InlineData("sglang", "--tp=2 other")]
    [InlineData("vllm", "--max-num-seqs 4 -- other")]
    [InlineData("sglang", "other")]
    [InlineData("llama-server", "other.gguf")]
    public void A_second_model_is_refused(string engine, string line)
    {
        var fault = EngineBench.Engine(engine).FaultOf(EngineBench.Words(line));

        Assert.Contains("models", fault?.Replace("model ", "models ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vllm", "-tp x", "--tensor-parallel-size")]
    [InlineData("vllm", "--gpu-memory-utilization 1.5", "--gpu-memory-utilization")]
    [InlineData("vllm", "--gpu-memory-utilization", "--gpu-memory-utilization")]
    [InlineData("sglang", "--tp 0", "--tensor-parallel-size")]
    [InlineData("sglang", "--mem-fraction-static NaN", "--mem-fraction-static")]
    public void A_number_that_decides_the_place_must_be_one(string engine, string line, string named)
    {
        var fault = EngineBench.Engine(engine).FaultOf(EngineBench.Words(line));

        Assert.StartsWith(named, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_not_repeated()
    {
        var fault = EngineBench.Engine("vllm").FaultOf(["--api-key=sk-secret"]);

        Assert.DoesNotContain("sk-secret", fault, StringComparison.Ordinal);
    }

    /// <summary>Thousands of lines of pieces that such flags are made of; Python's own parser tells what would have come of each.</summary>
    [Theory]
    [InlineData("vllm", new[] { "serve", "MODEL" })]
    [InlineData("sglang", new[] { "--model-path", "MODEL" })]
    public async Task What_is_accepted_changes_nothing_that_is_supervised(string engine, string[] head)
    {
        string[] own = [.. head, "--served-model-name", "qwen", "--host", "127.0.0.1", "--port", "8234"];
        string[][] lines = [.. SomeLines(new Random(1)).Where(line => EngineBench.Engine(engine).FaultOf(line) is null).Take(4000)];

        var results = await PlayedEngines.AskAsync(
            ["parse", engine], lines.Prepend([]).Select(line => JsonSerializer.Serialize((string[])[.. own, .. line])));

        Assert.Equal(lines.Length + 1, results.Length);
        Assert.Contains("8234", results[0], StringComparison.Ordinal);
        var changed = results.Skip(1).Zip(lines).Where(pair => pair.First != "null" && pair.First != results[0])
            .Select(pair => $"{string.Join(' ', pair.Second)} → {pair.First}");
        Assert.Empty(changed);
        Assert.Contains(results[0], results.Skip(1));
    }

    private static IEnumerable<string[]> SomeLines(Random random)
    {
        string[] flags =
        [
            "--port", "--host", "--uds", "--api-key", "--served-model-name", "--model", "--model-path", "--config", "--ssl-keyfile",
            "--root-path", "--fastapi-root-path", "--headless", "--grpc-mode", "--node-rank", "--max-num-seqs", "--dtype", "--seed",
            "--enforce-eager", "--lora-modules", "-tp", "-q", "--chat-template", "--trust-remote-code", "--log-level", "--revision",
        ];
        string[] values = ["1", "-1", "x", "a=b", "--x", "-", "--", "", "a b", "--port 1", "{\"a\":1}"];
        for (var line = 0; line < 60_000; line++)
        {
            var words = new string[random.Next(1, 5)];
            for (var at = 0; at < words.Length; at++)
            {
                var flag = flags[random.Next(flags.Length)];
                flag = random.Next(3) == 0 ? flag[..random.Next(1, flag.Length + 1)] : flag;
                flag = random.Next(4) == 0 ? "--" + flag.TrimStart('-').Replace('-', '_') : flag;
                var value = values[random.Next(values.Length)];
                words[at] = random.Next(3) switch
                {
                    0 => flag,
                    1 => $"{flag}={value}",
                    _ => value,
                };
            }
            yield return words;
        }
    }
}
