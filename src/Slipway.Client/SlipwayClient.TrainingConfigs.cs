using System.Globalization;
using System.Net.Http.Headers;
using Slipway.Client.Errors;
using Slipway.Client.TrainingConfigs;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    private const string ConfigSlot = "default";

    /// <summary>Uploads a training configuration: the next version of its name. The same file again makes no new version.</summary>
    /// <param name="content">YAML in UTF-8, at most 1 MiB; read to its end, and the caller's to dispose.</param>
    /// <param name="filename">With <c>.yaml</c> or <c>.yml</c> at its end; folders in it mean nothing.</param>
    /// <param name="name">1 to 128 of <c>A-Z a-z 0-9 . _ -</c>; null takes the single slot.</param>
    /// <param name="cancellationToken">Ends the wait, and the upload if it goes on.</param>
    /// <exception cref="SlipwayException">It was refused; <see cref="SlipwayException.Faults"/> tell lines and columns.</exception>
    public async Task<TrainConfig> UploadTrainConfigAsync(
        Stream content, string filename, string? name = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        // What is sent is disposed of after the call, and what it holds along with it.
        using var file = new MemoryStream();
        await content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
        file.Position = 0;
        using var part = new StreamContent(file);
        part.Headers.ContentType = new MediaTypeHeaderValue("application/yaml");
        using var form = new MultipartFormDataContent { { part, "file", filename } };
        using var response = await _http.PutAsync(new Uri(ConfigPathOf(name), UriKind.Relative), form, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return (await ReadAsync(response, ClientJson.Wire.UploadedTrainConfig, cancellationToken).ConfigureAwait(false)).TrainConfig;
    }

    /// <summary>The latest version of a training configuration, or the one asked for.</summary>
    /// <param name="name">Null takes the single slot.</param>
    /// <param name="version">From 1; null takes the latest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TrainConfig> GetTrainConfigAsync(string? name = null, long? version = null, CancellationToken cancellationToken = default) =>
        GetAsync(ConfigPathOf(name ?? ConfigSlot) + VersionOf(version), ClientJson.Wire.TrainConfig, null, cancellationToken);

    /// <summary>The YAML of a training configuration, byte by byte as it was uploaded.</summary>
    /// <param name="name">Null takes the single slot.</param>
    /// <param name="version">From 1; null takes the latest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<byte[]> GetTrainConfigContentAsync(
        string? name = null, long? version = null, CancellationToken cancellationToken = default)
    {
        var path = ConfigPathOf(name ?? ConfigSlot) + "/content" + VersionOf(version);
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The latest version of every training configuration, the newest first.</summary>
    /// <param name="limit">How many at most, 1 to 1000.</param>
    /// <param name="offset">How many of the newest are left out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<TrainConfig>> ListTrainConfigsAsync(
        int limit = 100, int offset = 0, CancellationToken cancellationToken = default) =>
        GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"v1/train-configs?limit={limit}&offset={offset}"),
            ClientJson.Wire.IReadOnlyListTrainConfig, null, cancellationToken);

    /// <summary>All versions of a training configuration, the newest first.</summary>
    /// <param name="name">Null takes the single slot.</param>
    /// <param name="limit">How many at most, 1 to 1000.</param>
    /// <param name="offset">How many of the newest are left out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<TrainConfig>> ListTrainConfigVersionsAsync(
        string? name = null, int limit = 100, int offset = 0, CancellationToken cancellationToken = default) =>
        GetAsync(
            ConfigPathOf(name ?? ConfigSlot) + string.Create(CultureInfo.InvariantCulture, $"/versions?limit={limit}&offset={offset}"),
            ClientJson.Wire.IReadOnlyListTrainConfig, null, cancellationToken);

    /// <summary>Removes a training configuration with all its versions; runs keep the copies that they ran with.</summary>
    /// <param name="name">Null takes the single slot.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DeleteTrainConfigAsync(string? name = null, CancellationToken cancellationToken = default)
    {
        using var response = await _http.DeleteAsync(new Uri(ConfigPathOf(name), UriKind.Relative), cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
    }

    private static string ConfigPathOf(string? name) => name is null ? "v1/train-config" : $"v1/train-configs/{Segment(name)}";

    private static string VersionOf(long? version) =>
        version is null ? "" : string.Create(CultureInfo.InvariantCulture, $"?version={version}");
}
