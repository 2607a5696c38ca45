using System.CommandLine;
using System.Globalization;
using Slipway.Client;
using Slipway.Client.Deployments;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway deployments</c>: model servers that a running server keeps.</summary>
internal static class DeploymentsCommand
{
    private const string Teaching = """
        Model servers on the server's machine: started, watched, started again, and called through its gateway by their model's name.

          slipway deployments create models/qwen3-8b-q4_k_m.gguf --name qwen3-8b --wait
          slipway deployments create Qwen/Qwen3-8B --engine vllm --args "--max-num-seqs 8" --replicas 2
          slipway deployments create ARTIFACT            a model that a run has made, by its artifact's id
          slipway deployments logs ID -f
          slipway deployments delete ID
        """;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(300);

    private static readonly Argument<string> Id = new("ID") { Description = "A deployment's id." };
    private static readonly Argument<string> Model = new("MODEL")
    {
        Description = "A file or folder on the server, the id of a run's artifact, the bundled model's name, or OWNER/NAME of a hub: pulled before, unless vllm or sglang fetches it.",
    };

    private static readonly Option<string?> Name = new("--name") { Description = "What clients will call the model; the last part of MODEL when not given.", HelpName = "NAME" };
    private static readonly Option<string?> Engine = new("--engine") { Description = "auto, vllm, sglang, llama-server or slipway.", HelpName = "ENGINE" };
    private static readonly Option<string?> Arguments = new("--args") { Description = "Arguments of the engine, as a shell would write them.", HelpName = "ARGS" };
    private static readonly Option<int?> Gpu = new("--gpu") { Description = "The GPU to take where it has room.", HelpName = "INDEX" };
    private static readonly Option<int?> Replicas = new("--replicas") { Description = "How many servers, 1 to 64.", HelpName = "N" };
    private static readonly Option<string?> Version = new("--model-version") { Description = "For people.", HelpName = "VERSION" };
    private static readonly Option<string[]> Tags = new("--tag") { Description = "May be given several times.", HelpName = "TAG" };
    private static readonly Option<string[]> Env = new("--env") { Description = "For the engine's environment; may be given several times.", HelpName = "KEY=VALUE" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Return when it answers, or cannot." };
    private static readonly Option<bool> Force = new("--force") { Description = "Do not wait for requests in flight, and kill what does not end." };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on with what comes." };
    private static readonly Option<int> Tail = new("--tail") { Description = "How many lines to begin with.", HelpName = "N", DefaultValueFactory = _ => 200 };
    private static readonly Option<int> Server = new("--server") { Description = "Which of its servers, from 0.", HelpName = "N" };
    private static readonly Option<string?> OneModel = new("--model") { Description = "Only those of this model.", HelpName = "MODEL" };
    private static readonly Option<string?> OneTag = new("--tag") { Description = "Only those with this tag.", HelpName = "TAG" };
    private static readonly Option<string?> Status = new("--status") { Description = "Only those that stand so.", HelpName = "STATUS" };

    public static Command Create()
    {
        Status.AcceptOnlyFromAmong([.. DeploymentStatuses.All]);
        return RemoteServer.Group(
            "deployments", Teaching,
            RemoteServer.Verb("list", "List deployments, the newest first.", [OneModel, OneTag, Status], ListAsync),
            RemoteServer.Verb("show", "Show a deployment and its servers.", [Id], async (client, arguments, cancellationToken) =>
                Show(await client.GetDeploymentAsync(arguments.GetRequiredValue(Id), cancellationToken), arguments)),
            RemoteServer.Verb("create", "Start a model server and keep it running.", [Model, Name, Engine, Arguments, Gpu, Replicas, Version, Tags, Env, Wait], CreateAsync),
            RemoteServer.Verb("restart", "Start its servers again, one after another.", [Id], async (client, arguments, cancellationToken) =>
                Show(await client.RestartDeploymentAsync(arguments.GetRequiredValue(Id), cancellationToken), arguments)),
            RemoteServer.Verb("logs", "Print what a server prints.", [Id, Follow, Tail, Server], LogsAsync),
            RemoteServer.Verb("delete", "Let a deployment finish its requests, then end it.", [Id, Force], DeleteAsync));
    }

    private static async Task<int> ListAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (deployments, total) = await client.ListDeploymentsAsync(new DeploymentFilter
        {
            Model = arguments.GetValue(OneModel),
            Tag = arguments.GetValue(OneTag),
            Status = arguments.GetValue(Status),
        }, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(deployments);
        }
        var table = new TextTable(new("ID", 36), new("MODEL", 16), new("STATUS"), new("ENGINE"), new("SERVERS", IsRight: true), new("PORT", IsRight: true), new("GPU", IsRight: true), new("RESTARTS", IsRight: true), new("REASON", 20));
        foreach (var one in deployments)
        {
            table.Add(
                one.DeploymentId, one.ServedModelName, one.Status, one.Engine, Wording.Count(one.Replicas), Text(one.Port), Text(one.GpuId),
                Wording.Count(one.Restarts), one.FailureReason?.Split('\n')[0] ?? "");
        }
        return Listing.Write(table, deployments.Count, total, "There are no such deployments. 'slipway deployments create --help' tells how to make one.");
    }

    private static async Task<int> CreateAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var info = await client.CreateDeploymentAsync(new CreateDeploymentRequest
        {
            ModelPath = arguments.GetRequiredValue(Model),
            ServedModelName = arguments.GetValue(Name),
            Engine = arguments.GetValue(Engine),
            ExtraArgs = arguments.GetValue(Arguments),
            PreferredGpu = arguments.GetValue(Gpu),
            Replicas = arguments.GetValue(Replicas),
            ModelVersion = arguments.GetValue(Version),
            Tags = arguments.GetValue(Tags) is { Length: > 0 } tags ? tags : null,
            Env = ValuePairs.Read(arguments.GetValue(Env), "--env"),
        }, cancellationToken);
        var reason = (string?)null;
        while (arguments.GetValue(Wait) && info.Status is not (DeploymentStatuses.Running or DeploymentStatuses.Failed or DeploymentStatuses.Stopped))
        {
            if (info.FailureReason is { } news && news != reason)
            {
                reason = news;
                await Console.Error.WriteLineAsync(news);
            }
            await Task.Delay(Look, cancellationToken);
            info = await client.GetDeploymentAsync(info.DeploymentId, cancellationToken);
        }
        Show(info, arguments);
        return arguments.GetValue(Wait) && info.Status != DeploymentStatuses.Running ? CommandLine.Failure : CommandLine.Success;
    }

    private static async Task<int> LogsAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (id, tail, server) = (arguments.GetRequiredValue(Id), arguments.GetValue(Tail), arguments.GetValue(Server));
        if (!arguments.GetValue(Follow))
        {
            await Console.Out.WriteAsync(await client.GetDeploymentLogAsync(id, tail, server, cancellationToken));
            return CommandLine.Success;
        }
        await foreach (var line in client.FollowDeploymentLogAsync(id, tail, server, cancellationToken))
        {
            await Console.Out.WriteLineAsync(line);
        }
        return CommandLine.Success;
    }

    private static async Task<int> DeleteAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var id = arguments.GetRequiredValue(Id);
        await client.DeleteDeploymentAsync(id, arguments.GetValue(Force), cancellationToken);
        await Console.Error.WriteLineAsync($"Removed the deployment {id}.");
        return CommandLine.Success;
    }

    private static int Show(DeploymentInfo info, ParseResult arguments)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(info);
            return CommandLine.Success;
        }
        Wording.Write(
            ("deployment", info.DeploymentId), ("model", info.ServedModelName), ("path", info.ModelPath), ("status", info.Status),
            ("engine", info.Engine), ("servers", Wording.Count(info.Replicas)), ("port", Text(info.Port)), ("gpu", Text(info.GpuId)),
            ("pid", Text(info.Pid)), ("restarts", Wording.Count(info.Restarts)), ("command", info.VllmCmd), ("log", info.LogFile),
            ("tags", string.Join(' ', info.Tags)), ("reason", info.FailureReason));
        return CommandLine.Success;
    }

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
