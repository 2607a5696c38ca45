using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.Server.Tests.Platform.Hub;

/// <summary>
/// A hub that speaks Hugging Face's and ModelScope's protocols, with its large files on another port, as at a storage of its own. It
/// takes nothing that the real ones would not: what is against the rules stands in <see cref="Violations"/>.
/// </summary>
internal sealed partial class HubStandIn : IAsyncDisposable
{
    public const string Repository = "acme/tiny-GGUF";
    public const int SmallBytes = 1024;

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private long _served;

    private HubStandIn(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public string Storage => _app.Urls.Last();

    public ConcurrentQueue<string> Violations { get; } = [];

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Bytes of files that left.</summary>
    public long Served => Interlocked.Read(ref _served);

    public string Commit { get; set; } = new('a', 40);

    /// <summary>Every call to the hub must carry it; the storage must never see it.</summary>
    public string? Token { get; set; }

    public bool IsGated { get; set; }

    public int PageSize { get; set; } = 1000;

    /// <summary>Does to an answer what a bad day does; true when it has answered.</summary>
    public Func<HttpContext, Task<bool>>? Trouble { get; set; }

    /// <summary>Changes what is listed, as text.</summary>
    public Func<string, string> Listed { get; set; } = text => text;

    /// <summary>Where large files are said to be.</summary>
    public Func<string, string>? RedirectsTo { get; set; }

    public bool ServesRanges { get; set; } = true;

    /// <summary>Bytes after which a body breaks off, for the next answers that many.</summary>
    public (long After, int Times) Breaks { get; set; }

    /// <summary>A pause between pieces of 64 KiB.</summary>
    public TimeSpan Pause { get; set; }

    public string Version { get; set; } = "1";

    public byte[] this[string path]
    {
        get => _files[path];
        set => _files[path] = value;
    }

    public static async Task<HubStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var hub = new HubStandIn(app);
        app.Run(hub.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }

    /// <summary>Bytes that differ everywhere.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private bool IsLarge(string path) => _files[path].Length > SmallBytes;

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var isStorage = context.Connection.LocalPort == new Uri(Storage).Port;
        Requests.Enqueue($"{(isStorage ? "storage" : "hub")} {request.Path}{request.QueryString} {request.Headers.Range}".TrimEnd());
        Check(request, isStorage);
        if (Trouble is { } trouble && await trouble(context))
        {
            return;
        }
        var path = request.Path.Value!;
        await (isStorage ? SendFileAsync(context, path["/store/".Length..])
            : IsGated && path.Contains("/resolve/", StringComparison.Ordinal) ? RefuseAsync(context, 403, "GatedRepo")
            : path.StartsWith("/api/v1/", StringComparison.Ordinal) ? AnswerModelScopeAsync(context)
            : AnswerHuggingFaceAsync(context));
    }

    private void Check(HttpRequest request, bool isStorage)
    {
        void Must(bool isSo, string rule)
        {
            if (!isSo)
            {
                Violations.Enqueue($"{rule}: {request.Method} {request.Path}{request.QueryString}");
            }
        }
        Must(request.Method == "GET", "only GET is known");
        Must(request.Headers.UserAgent.ToString().StartsWith("slipway/", StringComparison.Ordinal), "who asks says so");
        Must(request.Headers.AcceptEncoding == "identity", "ranges of compressed files are none");
        Must(request.Headers.Range.Count == 0 || RangeForm().IsMatch(request.Headers.Range.ToString()), "a range has two ends");
        Must(!isStorage || (request.Headers.Authorization.Count == 0 && request.Headers.Cookie.Count == 0), "the token stays at the hub");
        Must(isStorage || request.Headers.Authorization.ToString() == (Token is null ? "" : $"Bearer {Token}"), "the hub wants the token");
    }

    private Task AnswerHuggingFaceAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (!path.Contains(Repository, StringComparison.Ordinal))
        {
            return RefuseAsync(context, 401, "RepoNotFound");
        }
        if (path == $"/api/models/{Repository}/revision/main" || path == $"/api/models/{Repository}/revision/{Commit}")
        {
            return context.Response.WriteAsync($$"""{"_id": "1", "id": "{{Repository}}", "sha": "{{Commit}}", "siblings": []}""");
        }
        return path == $"/api/models/{Repository}/tree/{Commit}" && context.Request.Query["recursive"] == "true" ? SendTreeAsync(context)
            : path.StartsWith($"/{Repository}/resolve/{Commit}/", StringComparison.Ordinal) ? ResolveAsync(context, path[$"/{Repository}/resolve/{Commit}/".Length..])
            : RefuseAsync(context, 404, path.Contains("/revision/", StringComparison.Ordinal) ? "RevisionNotFound" : "EntryNotFound");
    }

    private Task SendTreeAsync(HttpContext context)
    {
        var from = int.TryParse(context.Request.Query["cursor"], out var cursor) ? cursor : 0;
        var entries = _files.OrderBy(file => file.Key, StringComparer.Ordinal).Skip(from).Take(PageSize).Select(file => IsLarge(file.Key)
            ? $$"""{"type": "file", "path": "{{file.Key}}", "size": {{file.Value.Length}}, "oid": "{{new string('b', 40)}}", "lfs": {"oid": "{{Sha256Of(file.Value)}}", "size": {{file.Value.Length}}, "pointerSize": 134} }"""
            : $$"""{"type": "file", "path": "{{file.Key}}", "size": {{file.Value.Length}}, "oid": "{{GitIdOf(file.Value)}}"}""");
        if (from + PageSize < _files.Count)
        {
            context.Response.Headers.Link = $"<{Url}/api/models/{Repository}/tree/{Commit}?recursive=true&cursor={from + PageSize}>; rel=\"next\"";
        }
        return context.Response.WriteAsync(Listed("[" + string.Join(',', entries.Append("""{"type": "directory", "path": "sub", "size": 0, "oid": "x"}""")) + "]"));
    }

    private Task AnswerModelScopeAsync(HttpContext context)
    {
        var (path, query) = (context.Request.Path.Value!, context.Request.Query);
        if (!path.Contains(Repository, StringComparison.Ordinal))
        {
            context.Response.StatusCode = 404;
            return context.Response.WriteAsync("""{"Code": 10010205001, "Message": "not found", "Success": false}""");
        }
        var isKnown = query["Revision"] == "master";
        if (path == $"/api/v1/models/{Repository}/repo/files" && query["Recursive"] == "true")
        {
            var files = _files.Select(file => $$"""{"Name": "x", "Path": "{{file.Key}}", "Type": "blob", "Size": {{file.Value.Length}}, "Sha256": "{{Sha256Of(file.Value)}}", "Revision": "{{Commit}}"}""");
            var list = isKnown ? "[" + string.Join(',', files.Append("""{"Name": "sub", "Path": "sub", "Type": "tree", "Size": 0, "Sha256": ""}""")) + "]" : "null";
            return context.Response.WriteAsync(Listed($$"""{"Code": 200, "Data": {"Files": {{list}}, "IsVisual": 0}, "Message": "success", "Success": true }"""));
        }
        return path == $"/api/v1/models/{Repository}/repo" && isKnown ? ResolveAsync(context, query["FilePath"].ToString()) : RefuseAsync(context, 404, "x");
    }

    private Task ResolveAsync(HttpContext context, string path)
    {
        if (!_files.TryGetValue(path, out var bytes))
        {
            return RefuseAsync(context, 404, "EntryNotFound");
        }
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (!IsLarge(path))
        {
            return SendFileAsync(context, path);
        }
        context.Response.StatusCode = 302;
        if (!context.Request.Path.StartsWithSegments("/api"))
        {
            context.Response.Headers["X-Linked-Size"] = $"{bytes.Length}";
            context.Response.Headers["X-Linked-Etag"] = $"\"{Sha256Of(bytes)}\"";
        }
        context.Response.Headers.Location = RedirectsTo?.Invoke(path) ?? $"{Storage}/store/{path}?signature=x";
        return Task.CompletedTask;
    }

    private async Task SendFileAsync(HttpContext context, string path)
    {
        var bytes = _files[path];
        var (from, to) = (0, bytes.Length);
        if (ServesRanges && RangeForm().Match(context.Request.Headers.Range.ToString()) is { Success: true } range)
        {
            (from, to) = (int.Parse(range.Groups[1].Value), int.Parse(range.Groups[2].Value) + 1);
            if (from >= to || to > bytes.Length)
            {
                context.Response.StatusCode = 416;
                return;
            }
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to - 1}/{bytes.Length}";
        }
        context.Response.ContentLength = to - from;
        context.Response.Headers.ETag = $"\"{Version}\"";
        var end = to;
        if (Breaks is { Times: > 0 } breaks && to - from > breaks.After)
        {
            (end, Breaks) = (from + (int)breaks.After, (breaks.After, breaks.Times - 1));
        }
        for (var at = from; at < end; at += 64 << 10)
        {
            var count = Math.Min(64 << 10, end - at);
            await context.Response.Body.WriteAsync(bytes.AsMemory(at, count), context.RequestAborted);
            Interlocked.Add(ref _served, count);
            await Task.Delay(Pause, context.RequestAborted);
        }
        if (end < to)
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        }
    }

    public static Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["X-Error-Code"] = code;
        return context.Response.WriteAsync("""{"error": "no"}""");
    }

    public static string Sha256Of(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>As git itself names a content.</summary>
    private static string GitIdOf(byte[] bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"));
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    [GeneratedRegex(@"\Abytes=(\d+)-(\d+)\z")]
    private static partial Regex RangeForm();
}
