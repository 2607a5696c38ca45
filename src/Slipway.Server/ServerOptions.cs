namespace Slipway.Server;

/// <summary>What <c>slipway serve</c> is told on its command line. Everything else is configuration.</summary>
public sealed record ServerOptions
{
    public const int DefaultPort = 8000;

    /// <summary>As <see cref="Model"/>: load none, whatever the configuration says.</summary>
    public const string NoModel = "";

    /// <summary>Where the contracts' own clients look for their service.</summary>
    public static IReadOnlyList<int> ClassicPortList { get; } = [3000, 8080, 19100];

    /// <summary>An address of this machine, <c>localhost</c>, or <c>*</c> for every address.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>TCP ports to listen on, 0 to 65535; 0 takes a free one. All serve the same.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [DefaultPort];

    /// <summary>Listens on <see cref="ClassicPortList"/> too.</summary>
    public bool ClassicPorts { get; init; }

    /// <summary>A model file or folder to load at start; null takes <c>Serving:Model</c> of the configuration, if any.</summary>
    public string? Model { get; init; }

    /// <summary>What to load where neither <see cref="Model"/> nor the configuration names a model; null loads none.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>How many sequences are decoded at once, 1 to 256; null takes <c>Serving:MaxSequences</c>.</summary>
    public int? Workers { get; init; }

    /// <summary>Threads that compute; null takes <c>Serving:Threads</c>, or one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>How keys and values are kept, <c>f16</c> or <c>q8_0</c>; null takes <c>Serving:KvFormat</c>, or halves.</summary>
    public string? KvFormat { get; init; }

    /// <summary>For development: configuration applies as soon as its file changes, and every web origin is let in.</summary>
    public bool Reload { get; init; }

    public ServerLogLevel LogLevel { get; init; } = ServerLogLevel.Info;

    public ServerLogFormat LogFormat { get; init; }
}

/// <summary>The least severe log lines to write.</summary>
public enum ServerLogLevel
{
    Critical,
    Error,
    Warning,
    Info,
    Debug,
}

/// <summary>How log lines look.</summary>
public enum ServerLogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object per line.</summary>
    Json,
}
