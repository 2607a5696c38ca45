namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>
/// A program that serves one model over OpenAI's API: how it is started, and what it tells of itself. Knows flags and formats;
/// keeps nothing and starts nothing.
/// </summary>
internal interface IServingEngine
{
    /// <summary>As clients write it: <c>vllm</c>.</summary>
    string Name { get; }

    /// <summary>Whether it computes on GPUs where there are some: it is given one or more, and counted for their memory.</summary>
    bool UsesGpus { get; }

    /// <summary>Whether it fetches models from a hub by <c>owner/name</c> itself.</summary>
    bool TakesHubNames { get; }

    /// <summary>Where it says that it is well, when nobody chose another path: <c>/health</c>.</summary>
    string HealthPath { get; }

    /// <summary>Where it tells its figures, in the Prometheus text format.</summary>
    string MetricsPath { get; }

    /// <summary>Why it cannot be started on this machine, with the remedy; null when it can.</summary>
    string? Absence();

    /// <summary>
    /// What is wrong with a user's own arguments: those by which it would listen elsewhere, or under another name, or ask for a
    /// key that nobody has. Null when nothing is. Short and joined forms (<c>--por=1</c>) count too.
    /// </summary>
    string? FaultOf(IReadOnlyList<string> extraArguments);

    /// <summary>How many GPUs one replica is spread over, by its arguments; at least 1 where <see cref="UsesGpus"/>.</summary>
    int GpusOf(IReadOnlyList<string> extraArguments);

    /// <summary>Bytes that one replica will take on each of its GPUs, by its arguments and the model's files.</summary>
    /// <param name="order">The model and the arguments.</param>
    /// <param name="gpuBytes">All the memory of such a GPU.</param>
    long ClaimOf(ServerOrder order, long gpuBytes);

    /// <summary>The command line and what is added to the environment.</summary>
    ServerCommand CommandFor(ServerOrder order);

    /// <summary>Reads what <see cref="MetricsPath"/> answered; null where nothing of it is known.</summary>
    EngineFigures? ReadFigures(string text);
}

/// <summary>One model server that is to run.</summary>
/// <param name="Model">An absolute path, or what a hub calls it.</param>
/// <param name="ServedName">What clients will call the model.</param>
/// <param name="Host">The address to listen on.</param>
/// <param name="Port">The port to listen on.</param>
/// <param name="Gpus">Indexes as the driver counts; empty: none.</param>
/// <param name="DataFolder">Absolute, of this replica alone: what the engine keeps between its starts.</param>
/// <param name="ExtraArguments">The user's own, one each; they come last.</param>
internal sealed record ServerOrder(
    string Model, string ServedName, string Host, int Port, IReadOnlyList<int> Gpus, string DataFolder, IReadOnlyList<string> ExtraArguments);

/// <param name="Arguments">Program and arguments, never a shell's text.</param>
/// <param name="Environment">Names and values that are added.</param>
internal sealed record ServerCommand(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment);

/// <summary>What an engine tells of its work. Values that it does not tell are null, never 0.</summary>
internal sealed record EngineFigures
{
    /// <summary>Requests that it computes now.</summary>
    public double? Running { get; init; }

    /// <summary>Requests that wait in its queue.</summary>
    public double? Waiting { get; init; }

    /// <summary>A count that grows whenever it gets on: tokens read and written since its start.</summary>
    public double? Progress { get; init; }
}
