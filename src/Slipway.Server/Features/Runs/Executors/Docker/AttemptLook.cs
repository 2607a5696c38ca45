using System.Globalization;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>What a container says of one attempt.</summary>
/// <param name="State">As look.sh words it: <c>ended</c>, <c>running</c>, <c>vanished</c>, <c>absent</c>.</param>
/// <param name="Number">The exit code or the pid.</param>
/// <param name="OutputBytes">How much it has printed.</param>
internal sealed record AttemptLook(string State, int Number, long OutputBytes)
{
    public static AttemptLook? Parse(string line) =>
        line.Split(' ') is [var state, var number, var size]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? new AttemptLook(state, value, bytes)
            : null;
}

/// <summary>What was seen of a container and of the attempts in it.</summary>
/// <param name="Container">Null when it does not exist, or nothing is known.</param>
/// <param name="Attempts">By the attempt's folder; empty when the container cannot run commands.</param>
/// <param name="Failure">Why nothing is known.</param>
internal sealed record ContainerLook(ContainerView? Container, IReadOnlyDictionary<string, AttemptLook> Attempts, string? Failure);
