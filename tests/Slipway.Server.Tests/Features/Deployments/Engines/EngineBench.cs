using Microsoft.Extensions.Options;
using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>Engines and orders for tests.</summary>
internal static class EngineBench
{
    public static IServingEngine Engine(string name, EngineOptions? options = null)
    {
        var given = Options.Create(options ?? new EngineOptions());
        return name switch
        {
            "vllm" => new VllmEngine(given),
            "sglang" => new SglangEngine(given),
            "llama-server" => new LlamaServerEngine(given),
            _ => new SlipwayEngine(given),
        };
    }

    public static ServerOrder Order(string model = "/models/qwen", string extra = "", int port = 8234, params int[] gpus) =>
        new(model, "qwen", "127.0.0.1", port, gpus, "/data/replica", Words(extra));

    public static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
