using Amazon.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws;

/// <summary>The AWS part of the server, put together as the server does, with the stand-in as AWS.</summary>
internal sealed class AwsBench : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private AwsBench(AwsStandIn standIn, ServiceProvider services, LogCapture log)
    {
        StandIn = standIn;
        _services = services;
        Log = log;
    }

    public AwsStandIn StandIn { get; }

    public LogCapture Log { get; }

    public SecretsManagerClient Secrets => Get<SecretsManagerClient>();

    public SageMakerRuntimeClient Runtime => Get<SageMakerRuntimeClient>();

    public CloudFormationClient Stacks => Get<CloudFormationClient>();

    public SageMakerClient Endpoints => Get<SageMakerClient>();

    public static async Task<AwsBench> StartAsync(
        AwsCredentialSource? source = null, Dictionary<string, string?>? settings = null, TimeProvider? clock = null, string region = AwsStandIn.Region)
    {
        var standIn = await AwsStandIn.StartAsync(region);
        var log = new LogCapture();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(log));
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["AWS_REGION"] = region, ["AWS_ENDPOINT_URL"] = standIn.Url, ["Aws:RetryDelay"] = "00:00:00.001" })
            .AddInMemoryCollection(settings ?? [])
            .Build());
        services.AddSingleton(clock ?? TimeProvider.System);
        services.AddAws();
        services.AddSingleton(source ?? new FixedCredentials(AwsStandIn.Key));
        return new AwsBench(standIn, services.BuildServiceProvider(), log);
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await StandIn.DisposeAsync();
        Log.Dispose();
    }
}

/// <summary>Credentials that a test hands out one after the other; the last one for ever.</summary>
internal sealed class FixedCredentials(params StandInKey[] keys) : AwsCredentialSource
{
    private int _fetched;

    public int Fetched => Volatile.Read(ref _fetched);

    public Func<int, DateTimeOffset?> Expires { get; init; } = _ => null;

    /// <summary>Fetches wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public override async Task<AwsKey> FetchAsync()
    {
        var number = Interlocked.Increment(ref _fetched) - 1;
        await Gate;
        var key = keys.Length == 0 ? throw new InvalidOperationException("No source.") : keys[Math.Min(number, keys.Length - 1)];
        return new AwsKey(new ImmutableCredentials(key.Id, key.Secret, key.Token), Expires(number));
    }

    public override void Forget()
    {
    }
}
