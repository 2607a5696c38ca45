using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Client.Datasets;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Tests.Features.Datasets;

/// <summary>Calls about datasets, as tests make them again and again.</summary>
internal static class DatasetCalls
{
    public const string Alpaca = """{"instruction":"Say hello.","input":"","output":"Hello."}""" + "\n";

    public static async Task<string> MakeAsync(this HttpClient http, string name = "pairs")
    {
        using var client = new SlipwayClient(http);
        var made = await client.CreateDatasetAsync(
            new CreateDatasetRequest { Name = name, Type = "text2text", TaskType = "sft" }, TestContext.Current.CancellationToken);
        return made.Id;
    }

    /// <summary>Uploads it with the field's file name as it is, unescaped.</summary>
    public static Task<HttpResponseMessage> UploadAsync(this HttpClient http, string dataset, string fileName, ReadOnlyMemory<byte> content) =>
        http.PutRawAsync(dataset, [
            .. Encoding.UTF8.GetBytes($"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{fileName}\"\r\n\r\n"),
            .. content.Span,
            .. "\r\n--edge--\r\n"u8,
        ]);

    public static async Task<UploadedFile> AddFileAsync(this HttpClient http, string dataset, string content, string fileName = "a.jsonl")
    {
        using var client = new SlipwayClient(http);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        return await client.UploadFileAsync(dataset, stream, fileName, TestContext.Current.CancellationToken);
    }

    /// <summary>A multipart body with the boundary <c>edge</c>, byte by byte.</summary>
    public static Task<HttpResponseMessage> PutRawAsync(this HttpClient http, string dataset, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=edge");
        return http.PutAsync($"/v1/datasets/{dataset}/files", content, TestContext.Current.CancellationToken);
    }

    /// <summary>Begins a resumable upload and gives its id.</summary>
    public static async Task<string> BeginAsync(this HttpClient http, string dataset, long length, string? sha256 = null)
    {
        var metadata = $"filename {Base64("big.jsonl")}" + (sha256 is null ? "" : $",sha256 {Base64(sha256)}");
        using var response = await http.TusAsync(
            HttpMethod.Post, $"/v1/datasets/{dataset}/uploads", null,
            ("Upload-Length", length.ToString(CultureInfo.InvariantCulture)), ("Upload-Metadata", metadata));
        response.EnsureSuccessStatusCode();
        return response.Headers.Location!.ToString().Split('/')[^1];
    }

    public static async Task<long> OffsetAsync(this HttpClient http, string upload)
    {
        using var response = await http.TusAsync(HttpMethod.Head, $"/v1/uploads/{upload}", null);
        response.EnsureSuccessStatusCode();
        return long.Parse(response.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);
    }

    public static Task<HttpResponseMessage> AppendAsync(
        this HttpClient http, string upload, long offset, byte[] bytes, params (string Name, string Value)[] headers) =>
        http.AppendAsync(upload, offset, new ByteArrayContent(bytes), headers);

    public static Task<HttpResponseMessage> AppendAsync(
        this HttpClient http, string upload, long offset, HttpContent content, params (string Name, string Value)[] headers)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return http.TusAsync(
            HttpMethod.Patch, $"/v1/uploads/{upload}", content, [("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture)), .. headers]);
    }

    public static async Task<HttpResponseMessage> TusAsync(
        this HttpClient http, HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Tus-Resumable", "1.0.0");
        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static async Task<JsonElement> JsonAsync(this HttpClient http, string path) =>
        await http.GetFromJsonAsync<JsonElement>(path, TestContext.Current.CancellationToken);

    public static async Task<string> DetailAsync(this HttpResponseMessage response)
    {
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return body.GetProperty("detail").ToString();
    }

    /// <summary>Every file under the data folder's part for datasets.</summary>
    public static string[] DatasetFiles(this RunningServer server) => Directory.GetFiles(
        server.Services.GetRequiredService<DataFolder>().In("datasets"), "*", SearchOption.AllDirectories);

    public static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
