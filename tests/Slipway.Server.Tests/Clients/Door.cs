using Microsoft.Extensions.DependencyInjection;
using Slipway.Models;
using Slipway.Server.Aws;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Aws;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Clients;

/// <summary>What stands behind the gateway that clients talk to.</summary>
public enum DoorKind
{
    Engine,
    OpenAi,
    SageMakerEvents,
    SageMakerLines,
    SageMakerOneObject,
}

/// <summary>A gateway with keys in front of a model, whatever lies between the two.</summary>
internal sealed class Door : IAsyncDisposable
{
    /// <summary>The model's public name; nothing behind the gateway knows it.</summary>
    public const string Model = "acme/tiny";

    private const string Endpoint = "tiny-endpoint";

    // Shows tools and their calls in the manner of Qwen's, so that a whole round trip passes through the prompt.
    private const string Template =
        "{%- if tools %}{{- '<|im_start|>system\\nTools:\\n' }}{%- for tool in tools %}{{- tool | tojson }}{%- endfor %}"
        + "{{- '\\nAnswer with <tool_call>{}</tool_call>.<|im_end|>\\n' }}{%- endif %}"
        + "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content }}"
        + "{%- for call in message.tool_calls %}{{- '<tool_call>' + call.function.name + (call.function.arguments | tojson) }}{%- endfor %}"
        + "{{- '<|im_end|>\\n' }}{%- endfor %}{{- '<|im_start|>assistant\\n' }}";

    private static readonly string[] ToItsModel = ["--Gateway:Routes:tiny:Name=" + Model];

    private readonly List<IAsyncDisposable> _behind = [];
    private readonly ModelFile? _file;
    private int _keys;

    private Door(RunningServer front, RunningServer back, ModelFile? file) => (Front, Back, _file) = (front, back, file);

    /// <summary>What clients talk to.</summary>
    public RunningServer Front { get; }

    /// <summary>What computes; in front of the engine the same.</summary>
    public RunningServer Back { get; }

    /// <summary>Whether nothing is being computed, and nothing waits for it.</summary>
    public bool IsIdle => Back.Host().Current!.Engine.Load is { Running: 0, Waiting: 0 };

    /// <summary>Opens it to the bundled model, which speaks; where a checkout has none, to one of random weights, which says anything.</summary>
    public static Task<Door> OpenAsync(DoorKind kind)
    {
        // The bundled model would have said all it can before anybody could leave a call that is answered at once.
        var speaks = File.Exists(BundledModel.Path) && kind is not DoorKind.SageMakerOneObject;
        return speaks ? OpenAsync(kind, BundledModel.Path, null) : OpenAsync(kind, new ModelFile(template: Template));
    }

    /// <summary>Opens it to a model that goes when the door does.</summary>
    public static Task<Door> OpenAsync(DoorKind kind, ModelFile file) => OpenAsync(kind, file.Path, file);

    private static async Task<Door> OpenAsync(DoorKind kind, string model, ModelFile? file)
    {
        var options = new ServerOptions { Model = model, Threads = 1 };
        if (kind is DoorKind.Engine)
        {
            var server = await RunningServer.StartAsync(options, ["--Serving:KvTokens=65536", .. Upstream(("Kind", "engine"), ("Model", model))]);
            return new Door(server, server, file);
        }

        var back = await RunningServer.StartAsync(options, ["--Serving:KvTokens=65536"]);
        var name = back.Host().Current!.Name;
        if (kind is DoorKind.OpenAi)
        {
            var proxy = await RunningServer.StartAsync(args: Upstream(("BaseUrl", back.Url + "/v1"), ("Model", name)));
            return new Door(proxy, back, file);
        }

        var aws = await AwsStandIn.StartAsync();
        aws.Endpoints[Endpoint] = new ModelContainer(back.Http, FramingOf(kind)).AnswerAsync;
        var front = await RunningServer.StartAsync(
            args:
            [
                $"--Aws:EndpointUrl={aws.Url}", $"--Aws:Region={AwsStandIn.Region}",
                .. Upstream(("Kind", "sagemaker"), ("Name", Endpoint), ("Model", name)),
            ],
            services: services => services.AddSingleton<AwsCredentialSource>(new FixedCredentials(AwsStandIn.Key)));
        return new Door(front, back, file) { _behind = { aws } };
    }

    /// <summary>A key that is in force at once.</summary>
    public async Task<string> MakeKeyAsync(long? rpm = null, params string[] models)
    {
        var terms = new KeyTerms { Name = $"key {++_keys}", Rpm = rpm, Models = models };
        var issued = await Front.Services.GetRequiredService<KeyIssuer>().CreateAsync(terms, TestContext.Current.CancellationToken);
        await Front.Services.GetRequiredService<KeyRing>().RefreshAsync(TestContext.Current.CancellationToken);
        return issued.Secret;
    }

    public async ValueTask DisposeAsync()
    {
        await Front.DisposeAsync();
        foreach (var one in _behind)
        {
            await one.DisposeAsync();
        }

        if (Back != Front)
        {
            await Back.DisposeAsync();
        }

        _file?.Dispose();
    }

    private static string[] Upstream(params (string Name, string Value)[] settings) =>
        [.. ToItsModel, .. settings.Select(setting => $"--Gateway:Routes:tiny:Upstreams:0:{setting.Name}={setting.Value}")];

    private static Framing FramingOf(DoorKind kind) => kind switch
    {
        DoorKind.SageMakerEvents => Framing.Events,
        DoorKind.SageMakerLines => Framing.Lines,
        _ => Framing.OneObject,
    };
}
