using System.Net;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>
/// Makes the Job, then the Secret and the ConfigMap that it owns; the pod waits for them. In this order nothing can be left behind
/// that nobody owns, and a start that was cut short is finished by the next one: all names are the attempt's.
/// </summary>
internal sealed class JobStart(KubeApi api, IOptions<KubernetesOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private KubernetesOptions Options => options.Value;

    public async Task<Started> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        if (JobWish.Of(launch, Options, out var failure) is not { } wish)
        {
            return Started.Refused(failure);
        }
        var inputs = InputFiles.Of(launch);
        if (Options.HostPath is null && inputs.Sum(input => input.Bytes) > JobManifest.LargestConfigMap)
        {
            return Started.Refused(
                $"The configuration and the data together hold {inputs.Sum(input => input.Bytes)} bytes; without a volume that this host "
                + $"shares with the cluster at most {JobManifest.LargestConfigMap} can be sent. Set Training:Kubernetes:ClaimName and HostPath.");
        }
        return await StartAsync(launch, wish, inputs, cancellationToken);
    }

    private async Task<Started> StartAsync(
        Launch launch, JobWish wish, IReadOnlyList<InputFile> inputs, CancellationToken cancellationToken)
    {
        var startedAt = clock.GetTimestamp();
        var mayBeThere = false;
        for (JobPlace? place = null; ;)
        {
            try
            {
                place ??= new JobPlace(wish.Namespace ?? api.DefaultNamespace, launch.Name, null);
                return await TryStartAsync(launch, wish, inputs, place, cancellationToken);
            }
            catch (KubeException exception)
            {
                mayBeThere |= exception is { IsPassing: true, IsUnsent: false };
                if (!exception.IsPassing || clock.GetElapsedTime(startedAt) > Options.StartPatience)
                {
                    // Where an answer was lost the Job may be there. It is looked for by its name later, rather than said not to be.
                    return mayBeThere && exception.IsPassing ? Started.As(place!.Write()) : Started.Refused(exception.Message);
                }
            }
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private async Task<Started> TryStartAsync(
        Launch launch, JobWish wish, IReadOnlyList<InputFile> inputs, JobPlace place, CancellationToken cancellationToken)
    {
        var job = await KubeObserver.FindAsync(api, place, cancellationToken);
        if (job is null)
        {
            if (Options.HostPath is { } path)
            {
                await new VolumeFolder(path, launch).StageAsync(inputs, cancellationToken);
            }
            job = await CreateAsync(place.Jobs, JobManifest.Job(launch, wish, inputs, Options), KubeJson.Default.KubeJob, cancellationToken)
                ?? await api.GetAsync(place.Job, KubeJson.Default.KubeJob, cancellationToken);
        }
        if (job.Metadata is not { Uid: { } uid, Labels: { } labels } || labels.GetValueOrDefault(KubernetesNames.RunLabel) != launch.RunId)
        {
            return Started.Refused($"There is a Job '{launch.Name}' in the namespace '{place.Namespace}' that is not ours.");
        }
        try
        {
            await CreateOwnedAsync(launch, inputs, place, uid, cancellationToken);
        }
        catch (KubeException exception) when (!exception.IsPassing)
        {
            // Its pod would wait for them for ever.
            await api.DeleteAsync($"{place.Job}?propagationPolicy=Background", cancellationToken);
            throw;
        }
        return Started.As((place with { Uid = uid }).Write());
    }

    private async Task CreateOwnedAsync(
        Launch launch, IReadOnlyList<InputFile> inputs, JobPlace place, string jobUid, CancellationToken cancellationToken)
    {
        await CreateAsync(place.Secrets, JobManifest.Secret(launch, Options, jobUid), KubeJson.Default.KubeJob, cancellationToken);
        if (Options.HostPath is null)
        {
            var map = await JobManifest.ConfigMapAsync(launch, inputs, jobUid, cancellationToken);
            await CreateAsync(place.ConfigMaps, map, KubeJson.Default.KubeJob, cancellationToken);
        }
    }

    /// <summary>Null when it was there already.</summary>
    private async Task<T?> CreateAsync<T>(string path, JsonObject body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await api.PostAsync(path, body, type, cancellationToken);
        }
        catch (KubeException exception) when (exception is { Status: HttpStatusCode.Conflict, Reason: "AlreadyExists" })
        {
            return null;
        }
    }
}
