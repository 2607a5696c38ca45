using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>The engine's API over its socket. Paths carry no version: the engine's own is taken, and the few fields needed are in all.</summary>
internal sealed class DockerEngine : IDisposable
{
    private const string Scheme = "unix://";
    private const string DefaultHost = "unix:///var/run/docker.sock";

    private readonly DockerOptions _options;
    private readonly HttpClient _http;

    public DockerEngine(IOptions<DockerOptions> options, IConfiguration configuration)
    {
        _options = options.Value;
        Host = First(_options.Host, configuration["DOCKER_HOST"], DefaultHost);
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri("http://docker/"),
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 4 << 20,
        };
    }

    /// <summary>Where the engine is looked for.</summary>
    public string Host { get; }

    public void Dispose() => _http.Dispose();

    public async Task<ContainerView> InspectAsync(string container, CancellationToken cancellationToken)
    {
        using var time = Limit(_options.Timeout, cancellationToken);
        return await CallAsync(
            new HttpRequestMessage(HttpMethod.Get, $"containers/{container}/json"),
            response => ReadAsync(response, DockerJson.Default.ContainerView, time.Token), time, cancellationToken);
    }

    /// <summary>Runs a script of ours and returns what it says.</summary>
    public async Task<string> SayAsync(
        string container, string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment,
        CancellationToken cancellationToken)
    {
        const int LongestAnswer = 4 << 20;
        using var said = new MemoryStream();
        var complaint = await RunAsync(container, ["sh", "-c", script, "sh", .. arguments], environment, bytes =>
        {
            if (said.Length + bytes.Length > LongestAnswer)
            {
                throw new DockerException(DockerFailure.Refused, $"A script in container '{container}' says more than {LongestAnswer} bytes.");
            }
            said.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, _options.Timeout, cancellationToken);
        return said.Length > 0 || complaint.Length == 0
            ? Encoding.UTF8.GetString(said.GetBuffer().AsSpan(0, (int)said.Length))
            : throw new DockerException(DockerFailure.Refused, complaint.Trim());
    }

    /// <summary>Runs a program in a running container, gives what it prints to <paramref name="sink"/>, and returns its complaints.</summary>
    public async Task<string> RunAsync(
        string container, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment,
        Func<ReadOnlyMemory<byte>, ValueTask> sink, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var time = Limit(limit, cancellationToken);
        var request = new ExecRequest
        {
            Cmd = command,
            Env = [.. (environment ?? new Dictionary<string, string>()).Select(pair => $"{pair.Key}={pair.Value}")],
            User = _options.User,
        };
        var exec = await CallAsync(
            new HttpRequestMessage(HttpMethod.Post, $"containers/{container}/exec")
            {
                Content = JsonContent.Create(request, DockerJson.Default.ExecRequest),
            },
            response => ReadAsync(response, DockerJson.Default.ExecCreated, time.Token), time, cancellationToken);
        return await CallAsync(
            new HttpRequestMessage(HttpMethod.Post, $"exec/{exec.Id}/start")
            {
                Content = JsonContent.Create(new ExecStart(), DockerJson.Default.ExecStart),
            },
            async response => await ExecStream.ReadAsync(await response.Content.ReadAsStreamAsync(time.Token), sink, time.Token),
            time, cancellationToken);
    }

    public async Task<bool> ExistsAsync(string container, string path, CancellationToken cancellationToken)
    {
        using var time = Limit(_options.Timeout, cancellationToken);
        try
        {
            return await CallAsync(
                new HttpRequestMessage(HttpMethod.Head, Archive(container, path)), _ => Task.FromResult(true), time, cancellationToken);
        }
        catch (DockerException exception) when (exception.Failure == DockerFailure.NotFound)
        {
            return false;
        }
    }

    /// <summary>Unpacks a tar in a folder of the container.</summary>
    public async Task PutArchiveAsync(string container, string folder, HttpContent tar, CancellationToken cancellationToken)
    {
        using var time = Limit(_options.TransferTimeout, cancellationToken);
        await CallAsync(
            new HttpRequestMessage(HttpMethod.Put, Archive(container, folder)) { Content = tar },
            _ => Task.FromResult(true), time, cancellationToken);
    }

    /// <summary>A file or folder of a container, running or not, as a tar.</summary>
    public async Task GetArchiveAsync(
        string container, string path, Func<Stream, CancellationToken, Task> read, CancellationToken cancellationToken)
    {
        using var time = Limit(_options.TransferTimeout, cancellationToken);
        await CallAsync(new HttpRequestMessage(HttpMethod.Get, Archive(container, path)), async response =>
        {
            await read(await response.Content.ReadAsStreamAsync(time.Token), time.Token);
            return true;
        }, time, cancellationToken);
    }

    private static string Archive(string container, string path) => $"containers/{container}/archive?path={Uri.EscapeDataString(path)}";

    private static CancellationTokenSource Limit(TimeSpan limit, CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(limit);
        return source;
    }

    private async Task<T> CallAsync<T>(
        HttpRequestMessage request, Func<HttpResponseMessage, Task<T>> read, CancellationTokenSource time, CancellationToken cancellationToken)
    {
        using (request)
        {
            try
            {
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, time.Token);
                return response.IsSuccessStatusCode ? await read(response) : throw await FailureAsync(response, time.Token);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new DockerException(DockerFailure.Unreachable, $"Docker does not answer in time at {Host}.", exception);
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException or HttpIOException)
            {
                throw new DockerException(
                    DockerFailure.Unreachable, $"Docker does not answer at {Host}: {exception.GetBaseException().Message}", exception);
            }
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw new System.Text.Json.JsonException("null");
        }
        catch (System.Text.Json.JsonException exception)
        {
            throw new DockerException(DockerFailure.Refused, $"Docker answers what cannot be read: {exception.Message}", exception);
        }
    }

    private static async Task<DockerException> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        const int LongestComplaint = 64 * 1024;
        var buffer = new byte[LongestComplaint];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var got = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        string words;
        try
        {
            words = System.Text.Json.JsonSerializer.Deserialize(buffer.AsSpan(0, got), DockerJson.Default.EngineError)?.Message ?? "";
        }
        catch (System.Text.Json.JsonException)
        {
            words = Encoding.UTF8.GetString(buffer, 0, Math.Min(got, 1000));
        }
        var status = string.Create(CultureInfo.InvariantCulture, $"Docker answers {(int)response.StatusCode}");
        return new DockerException(
            response.StatusCode == HttpStatusCode.NotFound ? DockerFailure.NotFound : DockerFailure.Refused,
            words.Length == 0 ? $"{status}." : $"{status}: {words.Trim()}");
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        if (!Host.StartsWith(Scheme, StringComparison.Ordinal))
        {
            throw new HttpRequestException("only sockets of this host are supported: unix:///var/run/docker.sock.");
        }
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Host[Scheme.Length..]), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string First(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (!string.IsNullOrEmpty(text))
            {
                return text;
            }
        }
        return "";
    }
}
