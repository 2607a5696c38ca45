using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Slipway.Client.Datasets;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    private const int UploadBuffer = 1 << 20;

    /// <summary>Makes a dataset without files.</summary>
    /// <exception cref="SlipwayException">The name is taken (409), or a value is not accepted (422).</exception>
    public Task<DatasetCreated> CreateDatasetAsync(CreateDatasetRequest request, CancellationToken cancellationToken = default) =>
        PostAsync("v1/datasets", request, ClientJson.Wire.CreateDatasetRequest, ClientJson.Wire.DatasetCreated, cancellationToken);

    /// <summary>A dataset by its id or name.</summary>
    public Task<DatasetDetail> GetDatasetAsync(string dataset, CancellationToken cancellationToken = default) =>
        GetAsync(PathOf(dataset), ClientJson.Wire.DatasetDetail, null, cancellationToken);

    /// <summary>Datasets, the newest first, and how many there are in all.</summary>
    public Task<(IReadOnlyList<DatasetDetail> Datasets, long Total)> ListDatasetsAsync(
        DatasetFilter? filter = null, CancellationToken cancellationToken = default) => ListAsync(
        "v1/datasets" + Query.Of(
            ("type", filter?.Type), ("task_type", filter?.TaskType), ("name", filter?.Name), ("status", filter?.Status),
            ("limit", filter?.Limit), ("offset", filter?.Offset)),
        ClientJson.Wire.IReadOnlyListDatasetDetail, cancellationToken);

    /// <summary>Changes what is said about a dataset.</summary>
    public Task<DatasetDetail> UpdateDatasetAsync(
        string dataset, UpdateDatasetRequest changes, CancellationToken cancellationToken = default) => CallAsync(
        HttpMethod.Patch, PathOf(dataset), JsonContent.Create(changes, ClientJson.Wire.UpdateDatasetRequest),
        ClientJson.Wire.DatasetDetail, cancellationToken);

    /// <summary>Removes a dataset and its files.</summary>
    /// <exception cref="SlipwayException">An active run uses it (409).</exception>
    public Task<DatasetDeleted> DeleteDatasetAsync(string dataset, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Delete, PathOf(dataset), null, ClientJson.Wire.DatasetDeleted, cancellationToken);

    /// <summary>Uploads a file in one go.</summary>
    /// <param name="dataset">Its id or name.</param>
    /// <param name="content">Read to its end, and left open.</param>
    /// <param name="fileName">How the file is to be called; 1 to 1,024 characters.</param>
    /// <param name="cancellationToken">Breaks off; nothing is left on the server.</param>
    public async Task<UploadedFile> UploadFileAsync(
        string dataset, Stream content, string fileName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        using var form = new MultipartFormDataContent();
        using var part = new StreamContent(new LeftOpen(content), UploadBuffer);
        part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        form.Add(part, "file", fileName);
        return await CallAsync(HttpMethod.Put, $"{PathOf(dataset)}/files", form, ClientJson.Wire.UploadedFile, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Gives an upload up, or removes a file from its dataset.</summary>
    public Task<UploadAborted> AbortUploadAsync(string uploadId, CancellationToken cancellationToken = default) => CallAsync(
        HttpMethod.Delete, UploadPath(uploadId), null, ClientJson.Wire.UploadAborted, cancellationToken);

    /// <summary>What is wrong with a dataset's files. While they are looked through, as far as that has come.</summary>
    public Task<DatasetValidation> GetDatasetValidationAsync(string dataset, CancellationToken cancellationToken = default) =>
        GetAsync($"{PathOf(dataset)}/validation", ClientJson.Wire.DatasetValidation, null, cancellationToken);

    /// <summary>The first records, 1 to 100.</summary>
    public Task<DatasetPreview> GetDatasetPreviewAsync(string dataset, int limit = 10, CancellationToken cancellationToken = default) =>
        GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"{PathOf(dataset)}/preview?limit={limit}"), ClientJson.Wire.DatasetPreview, null,
            cancellationToken);

    /// <summary>How much a dataset holds, in the tokens of a model in the server's models folder; null takes the server's own.</summary>
    public Task<DatasetStatistics> GetDatasetStatisticsAsync(
        string dataset, string? tokenizer = null, CancellationToken cancellationToken = default) =>
        GetAsync(
            $"{PathOf(dataset)}/statistics{Query.Of(("tokenizer", tokenizer))}",
            ClientJson.Wire.DatasetStatistics, null, cancellationToken);

    private static string PathOf(string dataset) => $"v1/datasets/{Segment(dataset)}";
}
