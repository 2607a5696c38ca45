using System.Net;
using System.Text.Json.Serialization.Metadata;
using Slipway.Client.Deployer;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(3);

    /// <summary>The models of the server's catalog, by id.</summary>
    public Task<IReadOnlyDictionary<string, DeployableModel>> ListDeployableModelsAsync(CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, "emd_supported_models", null, ClientJson.Wire.IReadOnlyDictionaryStringDeployableModel, cancellationToken);

    /// <summary>One model of the catalog, in short.</summary>
    /// <exception cref="SlipwayException">There is no such model (404); the message names those that may be meant.</exception>
    public Task<DeployableModel> GetDeployableModelAsync(string modelId, CancellationToken cancellationToken = default) =>
        DetailsAsync(modelId, isWhole: false, ClientJson.Wire.IReadOnlyDictionaryStringDeployableModel, cancellationToken);

    /// <summary>One model of the catalog, with all that is known of it.</summary>
    /// <exception cref="SlipwayException">There is no such model (404); the message names those that may be meant.</exception>
    public Task<DeployableModelDetail> GetModelDetailsAsync(string modelId, CancellationToken cancellationToken = default) =>
        DetailsAsync(modelId, isWhole: true, ClientJson.Wire.IReadOnlyDictionaryStringDeployableModelDetail, cancellationToken);

    /// <summary>Deploys a model of the catalog. It answers when that has begun; <see cref="WaitForModelAsync"/> waits for its end.</summary>
    /// <exception cref="SlipwayException">
    /// The model, the instance, the engine or another value cannot be (400, or 422), or there is a deployment of that model and tag (409).
    /// </exception>
    public Task<DeployStarted> DeployModelAsync(DeployRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("emd_deploy", request, ClientJson.Wire.DeployRequest, ClientJson.Wire.DeployStarted, cancellationToken);

    /// <summary>Deployments of models, in progress and finished, the newest first.</summary>
    public Task<IReadOnlyList<DeployedModelRow>> ListDeployedModelsAsync(CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, "emd_models", null, ClientJson.Wire.IReadOnlyListDeployedModelRow, cancellationToken);

    /// <summary>A deployment of a model as it stands now.</summary>
    /// <param name="modelId">As the catalog writes it.</param>
    /// <param name="modelTag">Null: <c>dev</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="SlipwayException">There is no such deployment (404).</exception>
    public Task<DeployedModelStatus> GetDeployedModelAsync(
        string modelId, string? modelTag = null, CancellationToken cancellationToken = default) => PostAsync(
        "emd_status", NameOf(modelId, modelTag), ClientJson.Wire.DeployedModelRequest, ClientJson.Wire.DeployedModelStatus, cancellationToken);

    /// <summary>
    /// Takes a deployment of a model away. It answers when that has begun; <see cref="WaitUntilDestroyedAsync"/> waits for its end.
    /// </summary>
    /// <inheritdoc cref="GetDeployedModelAsync"/>
    public Task DestroyModelAsync(string modelId, string? modelTag = null, CancellationToken cancellationToken = default) => PostAsync(
        "emd_destroy", NameOf(modelId, modelTag), ClientJson.Wire.DeployedModelRequest, ClientJson.Wire.DeployerSuccess, cancellationToken);

    /// <summary>
    /// Waits until a deployment is in service or has failed: the answer's status is <see cref="DeployedModelStatuses.InService"/> or
    /// <see cref="DeployedModelStatuses.Failed"/>. A server that is away for less than about a minute is waited for, too.
    /// </summary>
    /// <param name="modelId">As the catalog writes it.</param>
    /// <param name="modelTag">Null: <c>dev</c>.</param>
    /// <param name="progress">Gets what every look finds, the last one too.</param>
    /// <param name="cancellationToken">Ends the waiting; the deployment goes on.</param>
    /// <exception cref="SlipwayException">There is no such deployment, or not any more (404).</exception>
    public Task<DeployedModelStatus> WaitForModelAsync(
        string modelId, string? modelTag = null, IProgress<DeployedModelStatus>? progress = null, CancellationToken cancellationToken = default) =>
        WatchModelAsync(
            modelId, modelTag, one => one.Status is DeployedModelStatuses.InService or DeployedModelStatuses.Failed, progress, cancellationToken);

    /// <summary>Waits until nothing is left of a deployment that was destroyed.</summary>
    /// <inheritdoc cref="WaitForModelAsync"/>
    public async Task WaitUntilDestroyedAsync(
        string modelId, string? modelTag = null, IProgress<DeployedModelStatus>? progress = null, CancellationToken cancellationToken = default)
    {
        try
        {
            await WatchModelAsync(modelId, modelTag, _ => false, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (SlipwayException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            // That is what was waited for.
        }
    }

    private static DeployedModelRequest NameOf(string modelId, string? modelTag) => new()
    {
        ModelId = modelId,
        ModelTag = modelTag,
    };

    private async Task<DeployedModelStatus> WatchModelAsync(
        string modelId, string? modelTag, Func<DeployedModelStatus, bool> isOver, IProgress<DeployedModelStatus>? progress,
        CancellationToken cancellationToken)
    {
        var tries = new Tries();
        var last = await GetDeployedModelAsync(modelId, modelTag, cancellationToken).ConfigureAwait(false);
        var pause = FirstLook;
        while (true)
        {
            progress?.Report(last);
            if (isOver(last))
            {
                return last;
            }
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = pause * 1.25 < LongestLook ? pause * 1.25 : LongestLook;
            last = await AskPatientlyAsync(modelId, modelTag, tries, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<DeployedModelStatus> AskPatientlyAsync(string modelId, string? modelTag, Tries tries, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var found = await GetDeployedModelAsync(modelId, modelTag, cancellationToken).ConfigureAwait(false);
                tries.Succeed();
                return found;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (!await tries.AgainAsync(exception, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }
            }
        }
    }

    private async Task<T> DetailsAsync<T>(
        string modelId, bool isWhole, JsonTypeInfo<IReadOnlyDictionary<string, T>> type, CancellationToken cancellationToken)
    {
        var request = new ModelDetailsRequest
        {
            ModelId = modelId,
            Detail = isWhole,
        };
        var answer = await PostAsync("emd_details", request, ClientJson.Wire.ModelDetailsRequest, type, cancellationToken).ConfigureAwait(false);
        return answer.TryGetValue(modelId, out var model) ? model : throw new SlipwayException($"The answer does not tell of the model '{modelId}'.");
    }
}
