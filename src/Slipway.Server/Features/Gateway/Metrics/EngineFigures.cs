using System.Globalization;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>
/// The figures of the engine in this process by the names that vLLM gives them, so that what watches or balances vLLM servers
/// reads this one, too. Only those that mean here what they mean there.
/// </summary>
internal static class EngineFigures
{
    /// <summary>Nothing where no model is loaded: a server that only passes calls on is no engine at rest.</summary>
    public static void Write(PrometheusText text, LoadedModel? model)
    {
        if (model is null)
        {
            return;
        }

        var load = model.Engine.Load;
        var labels = PrometheusText.Labels(("model_name", model.Name));
        Gauge("num_requests_running", "Requests that are being computed", load.Running);
        Gauge("num_requests_waiting", "Requests that wait for a place", load.Waiting);
        Gauge("kv_cache_usage_perc", "Share of the KV cache that is in use, 1 is all of it", 1 - ((double)load.BlocksAvailable / load.Blocks));
        Counter("prompt_tokens_total", "Tokens of prompts, those found in the cache included", load.PromptTokens + load.CachedTokens);
        Counter("generation_tokens_total", "Tokens of answers", load.GeneratedTokens);
        Counter("num_preemptions_total", "Times that a request was set back for want of cache", load.Preemptions);
        Counter("spec_decode_num_draft_tokens_total", "Tokens computed on a guess", load.DraftedTokens);
        Counter("spec_decode_num_accepted_tokens_total", "Guessed tokens that were right", load.AgreedTokens);

        // In vLLM's words, whatever the blocks lie in: what balances servers reads their size and number here.
        const string Cache = "vllm:cache_config_info";
        text.Family(Cache, "gauge", "What the KV cache is; always 1");
        text.Sample(Cache, PrometheusText.Labels(
            ("model_name", model.Name),
            ("cache_dtype", model.KvFormat),
            ("block_size", Whole(model.Engine.KvTokens / load.Blocks)),
            ("num_gpu_blocks", Whole(load.Blocks)),
            ("kv_cache_memory_bytes", Whole(model.Engine.KvBytes))), 1);

        static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);
        void Gauge(string name, string help, double value) => Add(name, "gauge", help, value);
        void Counter(string name, string help, double value) => Add(name, "counter", help, value);
        void Add(string name, string type, string help, double value)
        {
            text.Family("vllm:" + name, type, help);
            text.Sample("vllm:" + name, labels, value);
        }
    }
}
