using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>The handle: where in the cluster the Job is.</summary>
/// <param name="Namespace">Of the Job.</param>
/// <param name="Name">Of the Job, and of all that belongs to it.</param>
/// <param name="Uid">Of the Job; null where its start was never confirmed. Another Job of the same name has another one.</param>
internal sealed partial record JobPlace(string Namespace, string Name, string? Uid)
{
    public string Jobs => $"apis/batch/v1/namespaces/{Namespace}/jobs";

    public string Job => $"{Jobs}/{Name}";

    public string Pods => $"api/v1/namespaces/{Namespace}/pods";

    /// <summary>The label without a prefix is set by old and new clusters alike.</summary>
    public string OwnPods => $"{Pods}?labelSelector=job-name%3D{Name}";

    public string ConfigMaps => $"api/v1/namespaces/{Namespace}/configmaps";

    public string Secrets => $"api/v1/namespaces/{Namespace}/secrets";

    public string Events => $"api/v1/namespaces/{Namespace}/events?fieldSelector=involvedObject.uid%3D{Uid}&limit=50";

    /// <exception cref="KubeException">That is no handle of ours.</exception>
    public static JobPlace Read(string handle)
    {
        try
        {
            if (JsonSerializer.Deserialize(handle, HandleJson.Default.JobPlace) is { } place
                && KubernetesNames.LabelPattern().IsMatch(place.Namespace) && KubernetesNames.LabelPattern().IsMatch(place.Name))
            {
                return place;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new KubeException($"'{handle}' is no handle of a Kubernetes Job.");
    }

    public string Write() => JsonSerializer.Serialize(this, HandleJson.Default.JobPlace);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        GenerationMode = JsonSourceGenerationMode.Metadata)]
    [JsonSerializable(typeof(JobPlace))]
    private sealed partial class HandleJson : JsonSerializerContext;
}
