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

    /// <summary>A text that no other process on this host carries in its environment: finds what forked away.</summary>
    public required string Mark { get; init; }

    /// <summary>Gets both streams at its end; what is in it stays.</summary>
    public required string OutputFile { get; init; }
}
