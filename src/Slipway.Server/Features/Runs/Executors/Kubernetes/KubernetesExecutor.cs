using Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>
/// Runs attempts as Jobs of a Kubernetes cluster. The Job bears the attempt's name, so that there is one at most; whatever else is
/// made belongs to the Job and goes away with it.
/// </summary>
internal sealed class KubernetesExecutor(
    KubeApi api, JobStart start, LogCollector logs, IOptions<KubernetesOptions> options, TimeProvider clock) : IExecutor
{
    private readonly Lock _notes = new();

    private KubernetesOptions Options => options.Value;

    public string Name => "kubernetes";

    public bool HasOwnQueue => true;

    public IReadOnlyCollection<string> ParameterNames { get; } = ["image", "namespace"];

    public TimeSpan Pace => Options.Pace;

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        if (Options.Image is null && !Options.AllowsOtherImages)
        {
            return "No image is chosen for runs in Kubernetes. Set Training:Kubernetes:Image.";
        }
        if (Options.HostPath is { } path && !Directory.Exists(path))
        {
            return $"The volume of the claim '{Options.ClaimName}' is not mounted at '{path}' (Training:Kubernetes:HostPath).";
        }
        try
        {
            return await KubeRights.MissingAsync(api, Options, cancellationToken);
        }
        catch (KubeException exception)
        {
            return exception.Message;
        }
    }

    public string? FaultOf(Launch launch) => JobWish.FaultOf(launch, Options);

    public string Describe(Launch launch)
    {
        var image = JobWish.Of(launch, Options, out _)?.Image ?? "(no image)";
        return $"kubernetes job {launch.Name} in {image}: {string.Join(' ', launch.CommandIn(Options.MountPath))}";
    }

    public async Task<Started> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        if (AttemptNotes.Read(launch).Place is { } known)
        {
            return Started.As(known.Write());
        }
        var started = await start.StartAsync(launch, cancellationToken);
        if (started.Handle is not null && JobPlace.Read(started.Handle) is { Uid: not null } place)
        {
            Note(launch, notes => notes with { Place = place });
        }
        return started;
    }

    public async Task<Sighting> LookAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        var notes = AttemptNotes.Read(launch);
        if (notes.End is { } end)
        {
            return end.ToSighting(notes.Pod);
        }
        try
        {
            return await LookAsync(launch, JobPlace.Read(handle), notes, cancellationToken);
        }
        catch (KubeException exception)
        {
            return new Sighting(SightingKind.Unknown) { Words = exception.Message, ExternalId = notes.Pod };
        }
    }

    public async Task CollectAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        var notes = AttemptNotes.Read(launch);
        if (notes.Pod is null && notes.End is null)
        {
            await LookAsync(launch, handle, cancellationToken);
            notes = AttemptNotes.Read(launch);
        }
        if (notes.Pod is { } pod)
        {
            await logs.CollectAsync(launch, JobPlace.Read(handle), pod, notes.End is not null, cancellationToken);
        }
        else if (!File.Exists(launch.OutputFile))
        {
            await File.WriteAllBytesAsync(launch.OutputFile, [], cancellationToken);
        }
    }

    public async Task FetchOutputAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        if (Options.HostPath is { } path)
        {
            await new VolumeFolder(path, launch).FetchAsync(Options.MaxOutputBytes, cancellationToken);
        }
    }

    public async Task StopAsync(Launch launch, string handle, bool force, CancellationToken cancellationToken)
    {
        var place = JobPlace.Read(handle);
        // Its code and its last lines are to be had only now, if it has just ended; and its log is followed from here on.
        var sighting = await LookAsync(launch, handle, cancellationToken);
        if (sighting.Kind is SightingKind.Ended or SightingKind.Gone)
        {
            return;
        }
        await TryCollectAsync(launch, handle, cancellationToken);
        Note(launch, notes => notes with { IsStopping = true });
        await api.DeleteAsync($"{place.Job}?propagationPolicy=Foreground", cancellationToken);
        // The cluster would tell the pod by and by, and with its own grace. With 0 the pod would be forgotten before its end was seen.
        var grace = force ? 1 : (long)Options.StopGrace.TotalSeconds;
        foreach (var pod in await KubeObserver.PodsAsync(api, place, cancellationToken))
        {
            await api.DeleteAsync($"{place.Pods}/{pod.Metadata?.Name}?gracePeriodSeconds={grace}", cancellationToken);
        }
    }

    public async Task ForgetAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        var place = JobPlace.Read(handle);
        if (await KubeObserver.FindAsync(api, place, cancellationToken) is not null)
        {
            await api.DeleteAsync($"{place.Job}?propagationPolicy=Background", cancellationToken);
        }
        if (Options.HostPath is { } path)
        {
            new VolumeFolder(path, launch).Delete();
        }
    }

    private async Task<Sighting> LookAsync(Launch launch, JobPlace place, AttemptNotes notes, CancellationToken cancellationToken)
    {
        var job = await KubeObserver.FindAsync(api, place, cancellationToken);
        var pods = await KubeObserver.PodsAsync(api, place with { Uid = place.Uid ?? job?.Metadata?.Uid }, cancellationToken);
        if (job is null && pods.Count == 0)
        {
            return GoneOrStopped(launch, notes);
        }
        var reading = JobReading.Of(job ?? new KubeJob(), pods, notes.Pod);
        if (reading is { Pod: null, Sighting.Kind: SightingKind.Waiting }
            && await KubeObserver.WarningAsync(api, place, cancellationToken) is { } warning)
        {
            reading = reading with { Sighting = reading.Sighting with { Words = warning } };
        }
        var stuckSince = reading.IsStuck ? notes.StuckSince ?? clock.GetUtcNow() : (DateTimeOffset?)null;
        if (stuckSince is { } since && clock.GetUtcNow() - since > Options.StuckLimit)
        {
            return await GiveUpAsync(launch, place, reading, cancellationToken);
        }
        var sighting = reading.Sighting;
        // What ended on our word needs no explanation by the cluster.
        var words = notes.IsStopping && sighting.ExitCode is null ? "Stopped." : sighting.Words;
        var end = sighting.Kind is not SightingKind.Ended ? null : new AttemptEnd
        {
            ExitCode = sighting.ExitCode,
            Words = words,
            StartedAt = sighting.StartedAt,
            EndedAt = sighting.EndedAt,
        };
        Note(launch, before => before with { Pod = reading.Pod ?? before.Pod, StuckSince = stuckSince, End = end });
        return end?.ToSighting(reading.Pod ?? notes.Pod) ?? sighting;
    }

    private Sighting GoneOrStopped(Launch launch, AttemptNotes notes)
    {
        if (!notes.IsStopping)
        {
            return new Sighting(SightingKind.Gone)
            {
                ExternalId = notes.Pod,
                Words = $"The Job '{launch.Name}' is no longer in the cluster.",
            };
        }
        var end = new AttemptEnd { Words = "Stopped.", EndedAt = clock.GetUtcNow() };
        Note(launch, before => before with { End = end });
        return end.ToSighting(notes.Pod);
    }

    // The mistake is told once and for all; a Job that waits on would take its place in the cluster's queue for nothing.
    private async Task<Sighting> GiveUpAsync(Launch launch, JobPlace place, JobReading reading, CancellationToken cancellationToken)
    {
        var end = new AttemptEnd { Words = $"Given up after {Options.StuckLimit}: {reading.Sighting.Words}", EndedAt = clock.GetUtcNow() };
        await api.DeleteAsync($"{place.Job}?propagationPolicy=Background", cancellationToken);
        Note(launch, notes => notes with { Pod = reading.Pod, End = end });
        return end.ToSighting(reading.Pod);
    }

    private async Task TryCollectAsync(Launch launch, string handle, CancellationToken cancellationToken)
    {
        try
        {
            await CollectAsync(launch, handle, cancellationToken);
        }
        catch (KubeException)
        {
            // The stop matters more than the words.
        }
    }

    private void Note(Launch launch, Func<AttemptNotes, AttemptNotes> change)
    {
        lock (_notes)
        {
            var before = AttemptNotes.Read(launch);
            var after = change(before);
            // The first end that was seen stays.
            after = before.End is null ? after : after with { End = before.End };
            if (after != before)
            {
                after.Write(launch);
            }
        }
    }
}
