namespace Slipway.Server.Processes;

/// <summary>A process that is to outlive this server. Its folder holds all that is known of it.</summary>
internal sealed record ProcessOrder
{
    /// <summary>Absolute; of this process alone. Identity, exit code and (unless <see cref="OutputFile"/> says otherwise) output lie here.</summary>
    public required string Folder { get; init; }

    /// <summary>Program and arguments. Never a shell's text.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>Added to what is left of ours when our secrets are taken out.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A name that no other process has. The whole tree carries it in its environment, for people and for its own use.</summary>
    public required string Mark { get; init; }

    /// <summary>Gets both streams at its end; what is in it stays.</summary>
    public required string OutputFile { get; init; }
}
