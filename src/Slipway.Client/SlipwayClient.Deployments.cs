using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Client.Deployments;
using Slipway.Client.Errors;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    /// <summary>Starts a model server and keeps it running. It answers before the model is loaded.</summary>
    /// <exception cref="SlipwayException">The model, the engine or an argument cannot be (400), or a value is not accepted (422).</exception>
    public Task<DeploymentInfo> CreateDeploymentAsync(CreateDeploymentRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("deployments", request, ClientJson.Wire.CreateDeploymentRequest, ClientJson.Wire.DeploymentInfo, cancellationToken);

    /// <summary>Deployments, the newest first, and how many there are in all.</summary>
    public Task<(IReadOnlyList<DeploymentInfo> Deployments, long Total)> ListDeploymentsAsync(
        DeploymentFilter? filter = null, CancellationToken cancellationToken = default) => ListAsync(
        "deployments" + Query.Of(
            ("model", filter?.Model), ("tag", filter?.Tag), ("status", filter?.Status), ("limit", filter?.Limit), ("offset", filter?.Offset)),
        ClientJson.Wire.IReadOnlyListDeploymentInfo, cancellationToken);

    /// <summary>A deployment as it stands now.</summary>
    public Task<DeploymentInfo> GetDeploymentAsync(string id, CancellationToken cancellationToken = default) =>
        GetAsync(DeploymentPath(id), ClientJson.Wire.DeploymentInfo, null, cancellationToken);

    /// <summary>Starts its servers again, one after another; requests in flight are finished first.</summary>
    public Task<DeploymentInfo> RestartDeploymentAsync(string id, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, DeploymentPath(id) + "/restart", null, ClientJson.Wire.DeploymentInfo, cancellationToken);

    /// <summary>Takes a deployment away, and returns when its processes have ended.</summary>
    /// <param name="id">Which.</param>
    /// <param name="force">Does not wait for requests in flight, and kills what does not end.</param>
    /// <param name="cancellationToken">Ends the wait, not the removal.</param>
    /// <exception cref="SlipwayException">Its processes have not ended within the grace (409).</exception>
    public Task<DeploymentRemoved> DeleteDeploymentAsync(string id, bool force = false, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Delete, DeploymentPath(id) + (force ? "?force=true" : ""), null, ClientJson.Wire.DeploymentRemoved, cancellationToken);

    /// <summary>The last lines that a server has printed.</summary>
    /// <param name="id">Which deployment.</param>
    /// <param name="tail">How many lines, up to 10,000.</param>
    /// <param name="server">Which of its servers, from 0.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<string> GetDeploymentLogAsync(string id, int tail = 200, int server = 0, CancellationToken cancellationToken = default)
    {
        var path = $"{DeploymentPath(id)}/logs{Query.Of(("tail", tail), ("server", server))}";
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lines as a server prints them, until the deployment has ended.</summary>
    /// <param name="id">Which deployment.</param>
    /// <param name="tail">How many of the lines that there are to begin with.</param>
    /// <param name="server">Which of its servers, from 0.</param>
    /// <param name="cancellationToken">Ends the following; the server runs on.</param>
    public async IAsyncEnumerable<string> FollowDeploymentLogAsync(
        string id, int tail = 200, int server = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var path = $"{DeploymentPath(id)}/logs/stream{Query.Of(("tail", tail), ("server", server))}";
        using var response = await _http.GetAsync(
            new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        var body = new PatientStream(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Patience);
        await using (body.ConfigureAwait(false))
        {
            await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken).ConfigureAwait(false))
            {
                if (item.EventType == "line")
                {
                    using var line = JsonDocument.Parse(item.Data);
                    yield return line.RootElement.GetProperty("text").GetString() ?? "";
                }
            }
        }
    }

    private static string DeploymentPath(string id) => $"deployments/{Segment(id)}";
}
