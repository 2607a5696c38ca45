namespace Slipway.Server.Features.Runs.Executors;

/// <summary>
/// Where an attempt's process runs. The server may die between any two of these calls and inside each: whatever an executor
/// has to remember is in its handle, in the attempt's folder, or in the outside world under <see cref="Launch.Name"/>.
/// </summary>
internal interface IExecutor
{
    /// <summary>As clients write it: <c>local</c>.</summary>
    string Name { get; }

    /// <summary>Whether something else gives the machines out: a started attempt may wait there, and takes no GPU of this host.</summary>
    bool HasOwnQueue { get; }

    /// <summary>How long a look stays good. The outside world is not asked more often than this.</summary>
    TimeSpan Pace { get; }

    /// <summary>Which of a request's parameters are for the executor; the others are settings of the training.</summary>
    IReadOnlyCollection<string> ParameterNames { get; }

    /// <summary>Why no run can be given to this executor now, with the remedy; null when one can.</summary>
    Task<string?> CheckAsync(CancellationToken cancellationToken);

    /// <summary>What of the launch this executor cannot take, and what it would; null when nothing. Asks nobody.</summary>
    string? FaultOf(Launch launch);

    /// <summary>The command as it will really run, for people.</summary>
    string Describe(Launch launch);

    /// <summary>
    /// Starts the attempt, or finds it when an earlier call with the same launch had already started it: never twice.
    /// </summary>
    Task<Started> StartAsync(Launch launch, CancellationToken cancellationToken);

    /// <summary>What has become of it.</summary>
    Task<Sighting> LookAsync(Launch launch, string handle, CancellationToken cancellationToken);

    /// <summary>
    /// Brings what the process has printed since the last call to the end of <see cref="Launch.OutputFile"/>, byte by byte and
    /// once; that file holds nothing else. Does nothing where the process writes there itself. Called in between and after the end.
    /// </summary>
    Task CollectAsync(Launch launch, string handle, CancellationToken cancellationToken);

    /// <summary>Brings the files of the output folder to <see cref="Launch.OutputFolder"/>, after the end.</summary>
    Task FetchOutputAsync(Launch launch, string handle, CancellationToken cancellationToken);

    /// <summary>Tells the whole process tree to end: TERM, or KILL with <paramref name="force"/>. It may be gone already.</summary>
    Task StopAsync(Launch launch, string handle, bool force, CancellationToken cancellationToken);

    /// <summary>Removes what the attempt has left outside of its folder: containers' files, jobs. It has ended.</summary>
    Task ForgetAsync(Launch launch, string handle, CancellationToken cancellationToken);
}

/// <summary>What a start came to: a handle, or the reason why there is none.</summary>
/// <param name="Handle">What the executor needs to find the attempt again; null when it could not be started.</param>
/// <param name="Failure">Why not, in words that a user understands; null when it was started.</param>
internal sealed record Started(string? Handle, string? Failure)
{
    public static Started As(string handle) => new(handle, null);

    public static Started Refused(string failure) => new(null, failure);
}
