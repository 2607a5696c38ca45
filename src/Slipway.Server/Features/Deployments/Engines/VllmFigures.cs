namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>The figures that vLLM tells, and Slipway by the same names.</summary>
internal static class VllmFigures
{
    public static EngineFigures? Read(string text) => PrometheusFigures.Read(
        text, "vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:prompt_tokens_total", "vllm:generation_tokens_total");
}
