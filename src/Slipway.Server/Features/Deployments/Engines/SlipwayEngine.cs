using System.Globalization;
using Slipway.Server.Processes;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>This very program once more, with one model and a data folder of its own. It computes on the processor.</summary>
internal sealed class SlipwayEngine(IOptions<EngineOptions> options) : IServingEngine
{
    /// <summary>Flags that users may give, all with a value. Whatever else there will be is thought over first.</summary>
    private static readonly string[] Accepted = ["--workers", "--threads", "-t", "--log-level", "--log-format", "--kv-type"];

    public string Name => "slipway";

    public bool UsesGpus => false;

    public bool TakesHubNames => false;

    /// <summary>Unlike <c>/health</c> it is unwell until the model is loaded.</summary>
    public string HealthPath => "/_internal/health";

    public string MetricsPath => "/metrics";

    public string? Absence() => null;

    /// <summary>
    /// Only flags with their values, each a word of its own or joined by <c>=</c>: our parser also takes <c>--port:1</c>,
    /// <c>-mFILE</c>, and <c>@FILE</c> for a file of arguments, wherever it stands.
    /// </summary>
    public string? FaultOf(IReadOnlyList<string> extraArguments)
    {
        for (var at = 0; at < extraArguments.Count; at++)
        {
            var word = extraArguments[at];
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? word : word[..equals];
            if (!Accepted.Contains(name, StringComparer.Ordinal))
            {
                return $"'{ArgumentRules.Shorten(name)}' is not accepted by the engine slipway; "
                    + $"accepted are {string.Join(", ", Accepted)}, each with a value.";
            }
            var value = equals >= 0 ? word[(equals + 1)..] : at + 1 < extraArguments.Count ? extraArguments[++at] : "";
            if (value.Length == 0 || !value.All(char.IsAsciiLetterOrDigit))
            {
                return $"{name} is '{ArgumentRules.Shorten(value)}'; accepted is a number or a word after it.";
            }
        }
        return null;
    }

    public int GpusOf(IReadOnlyList<string> extraArguments) => 0;

    public long ClaimOf(ServerOrder order, long gpuBytes) => 0;

    public ServerCommand CommandFor(ServerOrder order) => new(
        [
            .. OwnProgram.Of(options.Value.Slipway),
            // A path that leads nowhere any more must not be taken for a hub's name, which it would pull.
            "serve", "--model", RunnableModel.FileOf(order.Model) ?? Path.GetFullPath(order.Model),
            "--host", order.Host, "--port", order.Port.ToString(CultureInfo.InvariantCulture), .. order.ExtraArguments,
        ],
        new Dictionary<string, string>
        {
            ["SLIPWAY_DATA"] = order.DataFolder,
            // It is called by its file's name, and by this one: a route of its own gateway to whatever it has loaded.
            ["Gateway__Routes__deployment__Name"] = order.ServedName,
            ["Gateway__Routes__deployment__Upstreams__0__Kind"] = "engine",
        });

    public EngineFigures? ReadFigures(string text) => VllmFigures.Read(text);
}
