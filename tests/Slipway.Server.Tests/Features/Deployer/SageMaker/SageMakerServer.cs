using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Aws;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Tests.Aws;
using Slipway.Server.Tests.Aws.StandIn;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

/// <summary>A whole server that deploys to the stand-in of AWS, and asks it without pause.</summary>
internal sealed class SageMakerServer : IAsyncDisposable
{
    public const string Model = "Qwen3-8B";
    public const string Stack = "EMD-Model-qwen3-8b";
    public const string Endpoint = "EMD-Model-qwen3-8b-endpoint";

    private readonly RunningServer _server;

    private SageMakerServer(RunningServer server, AwsStandIn aws) => (_server, Aws) = (server, aws);

    public AwsStandIn Aws { get; }

    public StandInAccount Account => Aws.Account;

    public HttpClient Http => _server.Http;

    public IServiceProvider Services => _server.Services;

    public LogCapture Log => _server.Log;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Time on the stand-in goes on by <paramref name="perCall"/> with every call; zero: only where the test says so.</summary>
    public static async Task<SageMakerServer> StartAsync(TimeSpan perCall, string region = AwsStandIn.Region, params string[] settings)
    {
        var aws = await AwsStandIn.StartAsync(region);
        aws.Account.Script.PerCall = perCall;
        var server = await RunningServer.StartAsync(
            new ServerOptions { Model = ServerOptions.NoModel },
            [$"--AWS_REGION={region}", $"--AWS_ENDPOINT_URL={aws.Url}", "--Aws:RetryDelay=00:00:00.001", "--Deployer:SageMaker:PollEvery=00:00:00.020", .. settings],
            services: services => services.AddSingleton<AwsCredentialSource>(new FixedCredentials(AwsStandIn.Key)));
        return new SageMakerServer(server, aws);
    }

    /// <summary>The documented request, with <paramref name="more"/> members behind it.</summary>
    public static string Request(string more = "", string service = "sagemaker_realtime") =>
        $$"""{"model_id":"Qwen3-8B","instance_type":"g5.2xlarge","engine_type":"vllm","service_type":"{{service}}"{{(more.Length > 0 ? "," + more : "")}}}""";

    /// <summary>That request, as services get it.</summary>
    public static DeployOrder Order() => new()
    {
        ModelId = Model,
        ModelTag = "dev",
        InstanceType = "g5.2xlarge",
        EngineType = "vllm",
        ServiceType = "sagemaker_realtime",
        FrameworkType = "fastapi",
        ExtraParams = [],
        OnFailure = "ROLLBACK",
    };

    public async Task<JsonElement> DeployAsync(string request)
    {
        using var answer = await PostAsync("/emd_deploy", request);
        return await TrainingServer.ReadAsync<JsonElement>(answer);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body) => Http.PostAsync(path, new StringContent(body, null, "application/json"), Token);

    /// <summary>Null when there is none.</summary>
    public async Task<JsonElement?> StatusAsync(string model = Model, string tag = "dev")
    {
        using var answer = await Http.PostAsync("/emd_status", JsonContent.Create(new { model_id = model, model_tag = tag }), Token);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await TrainingServer.ReadAsync<JsonElement>(answer);
    }

    /// <summary>Waits until a status is said; tells every one that the deployment has had so far, in order, however short.</summary>
    public async Task<(JsonElement Last, List<string> Seen)> UntilAsync(string status, string model = Model, string tag = "dev")
    {
        JsonElement last = default;
        List<string> Seen() => [.. Log.Lines.Select(line => line.Message).Where(message => message.StartsWith($"{model}/{tag} is ", StringComparison.Ordinal))
            .Select(message => message[$"{model}/{tag} is ".Length..].Split('.')[0])];
        await Patience.UntilAsync(
            async () =>
            {
                last = await StatusAsync(model, tag) ?? throw new InvalidOperationException("It is gone.");
                return last.GetProperty("status").GetString() == status;
            },
            () => $"It is {last}; it was {string.Join(", ", Seen())}.");
        return (last, Seen());
    }

    public async Task DestroyAsync(string model = Model, string tag = "dev")
    {
        using var answer = await Http.PostAsync("/emd_destroy", JsonContent.Create(new { model_id = model, model_tag = tag }), Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    public Task UntilGoneAsync(string model = Model, string tag = "dev") =>
        Patience.UntilAsync(async () => await StatusAsync(model, tag) is null, () => "It is still there.");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Aws.DisposeAsync();
    }
}
