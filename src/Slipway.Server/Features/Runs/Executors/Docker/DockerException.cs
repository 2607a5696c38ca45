namespace Slipway.Server.Features.Runs.Executors.Docker;

internal enum DockerFailure
{
    /// <summary>No answer, or none in time.</summary>
    Unreachable,

    /// <summary>No such container, or no such file in it.</summary>
    NotFound,

    /// <summary>Refused, with the engine's reason.</summary>
    Refused,
}

/// <summary>What the engine did not do, in its words or about it.</summary>
internal sealed class DockerException(DockerFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public DockerFailure Failure => failure;
}
