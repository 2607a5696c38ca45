using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Serving;

namespace Slipway.Server.Tests;

/// <summary>The whole server on a free port of this machine, with its log at hand.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    /// <summary>For calls that last as long as what they follow, such as a run.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly WebApplication _app;

    private readonly string _data;

    private RunningServer(WebApplication app, LogCapture log, string data)
    {
        (_app, _data) = (app, data);
        Log = log;
        Url = app.Urls.First();
        // A client that expects 100 waits for it, however busy the machine is, and none belongs to a trace of this process.
        var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1), ActivityHeadersPropagator = null };
        Http = new HttpClient(handler) { BaseAddress = new Uri(Url), Timeout = Longest };
    }

    public string Url { get; }

    public HttpClient Http { get; }

    public LogCapture Log { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts it, with <paramref name="map"/> for endpoints and <paramref name="services"/> for services of the test's own.</summary>
    public static async Task<RunningServer> StartAsync(
        ServerOptions? options = null, string[]? args = null, Action<WebApplication>? map = null, GpuSighting? gpus = null,
        Action<IServiceCollection>? services = null)
    {
        var log = new LogCapture();
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        var app = SlipwayServer.Build((options ?? new ServerOptions()) with { Ports = [0] }, [$"--SLIPWAY_DATA={data}", .. args ?? []], builder =>
        {
            // Not to the console: there the tests' own results are told to who asked for them, and a line in their midst spoils one.
            builder.Logging.ClearProviders().AddProvider(log);
            builder.Services.AddSingleton<IGpuProbe>(new FixedProbe(gpus ?? new GpuSighting([], "no library", CudaPresent: false)));
            services?.Invoke(builder.Services);
        });
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        await app.Services.GetRequiredService<ModelAtStart>().Loading;
        return new RunningServer(app, log, data);
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Log.Dispose();
        TestData.Delete(_data);
    }

    private sealed class FixedProbe(GpuSighting sighting) : IGpuProbe
    {
        public GpuSighting Look() => sighting;
    }
}
