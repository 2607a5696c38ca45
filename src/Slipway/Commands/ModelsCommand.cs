using System.CommandLine;
using Slipway.Client;
using Slipway.Client.Deployer;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway models</c>: models that can be deployed, and those that are.</summary>
internal static class ModelsCommand
{
    private const string Teaching = """
        The models of the server's catalog, and what is deployed of them.

          slipway models list --search qwen3
          slipway models show Qwen3-8B
          slipway deploy slipway-tiny --wait          # brings one into service
          slipway models deployed
          slipway models status slipway-tiny/dev
          slipway models destroy slipway-tiny --wait

        And those that were pulled from a hub to this machine:

          slipway models pulled
          slipway models remove Qwen/Qwen3-0.6B-GGUF
        """;

    // Each model's size is an answer of its own.
    private const int AskedAtOnce = 8;

    private static readonly Argument<string> Id = new("MODEL") { Description = "A model's id." };
    private static readonly Argument<string> Name = new("MODEL[/TAG]") { Description = "A deployment by its model and tag; the tag is dev when not given." };
    private static readonly Option<string?> Search = new("--search") { Description = "Only those with this in id, name or provider, in capitals or not.", HelpName = "TEXT" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Return when nothing is left of it." };

    public static Command Create() => RemoteServer.Group("models", Teaching, [.. OfServer(), .. PulledModels.Verbs()]);

    private static IEnumerable<Command> OfServer() =>
    [
        RemoteServer.Verb("list", "List the models of the catalog.", [Search], ListAsync),
        RemoteServer.Verb("show", "Show all that the catalog knows of a model.", [Id], ShowAsync),
        RemoteServer.Verb("deployed", "List deployments of models, in progress and finished, the newest first.", [], ListDeployedAsync),
        RemoteServer.Verb("status", "Show where a deployment stands, and what has happened.", [Name], async (client, arguments, cancellationToken) =>
        {
            var name = ModelName.Of(arguments.GetRequiredValue(Name));
            return Show(name, await client.GetDeployedModelAsync(name.Id, name.Tag, cancellationToken), arguments, withEvents: true);
        }),
        RemoteServer.Verb("destroy", "Take a deployment away: no new requests, those in flight are finished, then it ends.", [Name, Wait], DestroyAsync),
    ];

    /// <summary>A deployment as it stands.</summary>
    public static int Show(ModelName name, DeployedModelStatus status, ParseResult arguments, bool withEvents)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(status);
            return CommandLine.Success;
        }
        Wording.Write(
            ("model", name.ToString()), ("status", status.Status), ("reason", status.FailureReason), ("service", status.ServiceType),
            ("instance", status.InstanceType), ("instances", status.InstanceCount is { } count ? Wording.Count(count) : null),
            ("endpoint", status.EndpointName), ("url", status.EndpointUrl), ("stack", status.StackName),
            ("created", Wording.Time(status.CreationTime)), ("changed", Wording.Time(status.LastModifiedTime)));
        foreach (var happening in withEvents ? status.Events : [])
        {
            Console.Out.WriteLine($"  {DeployView.LineOf(happening)}");
        }
        return CommandLine.Success;
    }

    private static async Task<int> ListAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var search = arguments.GetValue(Search) ?? "";
        var known = await client.ListDeployableModelsAsync(cancellationToken);
        var chosen = known.Values.Where(model => new[] { model.ModelId, model.ModelName, model.Provider }
            .Any(text => text.Contains(search, StringComparison.OrdinalIgnoreCase))).ToList();
        var models = await DetailsAsync(client, chosen, cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(models);
        }
        var table = new TextTable(
            new("MODEL", 20), new("PROVIDER", 8), new("SIZE", IsRight: true), new("SERVICES", 12), new("ENGINES", 8), new("SMALLEST INSTANCE"));
        foreach (var model in models)
        {
            table.Add(
                model.ModelId, model.Provider, model.ModelSize ?? "", string.Join(' ', model.SupportedServices), string.Join(' ', model.SupportedEngines),
                DeployChoice.Smallest(model.SupportedInstanceTypes));
        }
        return Listing.Write(table, models.Length, models.Length, $"The catalog has no model with '{CellText.OneLine(search)}' in id, name or provider.");
    }

    private static async Task<DeployableModelDetail[]> DetailsAsync(
        SlipwayClient client, List<DeployableModel> models, CancellationToken cancellationToken)
    {
        var details = new DeployableModelDetail[models.Count];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = AskedAtOnce,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(
            0, models.Count, options, async (at, token) => details[at] = await client.GetModelDetailsAsync(models[at].ModelId, token));
        return details;
    }

    private static async Task<int> ShowAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var model = await client.GetModelDetailsAsync(arguments.GetRequiredValue(Id), cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(model);
            return CommandLine.Success;
        }
        Wording.Write(
            ("model", model.ModelId), ("name", model.ModelName), ("provider", model.Provider), ("size", model.ModelSize),
            ("context", model.ContextLength is { } tokens ? $"{Wording.Count(tokens)} tokens" : null), ("memory", model.MemoryRequirements),
            ("license", model.License), ("can", string.Join(' ', model.Capabilities)), ("services", string.Join(' ', model.SupportedServices)),
            ("engines", string.Join(' ', model.SupportedEngines)), ("instances", string.Join(' ', model.SupportedInstanceTypes)),
            ("recommended", model.RecommendedInstanceType), ("description", model.Description));
        return CommandLine.Success;
    }

    private static async Task<int> ListDeployedAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var models = await client.ListDeployedModelsAsync(cancellationToken);
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(models);
        }
        var table = new TextTable(new("MODEL", 20), new("STATUS"), new("SERVICE", 8), new("INSTANCE"), new("CREATED"), new("ENDPOINT", 12));
        foreach (var model in models)
        {
            table.Add(
                $"{model.ModelId}/{model.ModelTag}", model.Status, model.ServiceType, model.InstanceType, Wording.Time(model.CreateTime),
                model.Outputs.EndpointUrl ?? model.Outputs.EndpointName ?? "");
        }
        return Listing.Write(table, models.Count, models.Count, "Nothing is deployed. 'slipway deploy --help' tells how.");
    }

    private static async Task<int> DestroyAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = ModelName.Of(arguments.GetRequiredValue(Name));
        var before = await client.GetDeployedModelAsync(name.Id, name.Tag, cancellationToken);
        await client.DestroyModelAsync(name.Id, name.Tag, cancellationToken);
        if (arguments.GetValue(Wait))
        {
            await DeployWaiting.RunAsync(
                async (progress, token) =>
                {
                    await client.WaitUntilDestroyedAsync(name.Id, name.Tag, progress, token);
                    return true;
                },
                before.Events, $"{name} goes all the same. 'slipway models status {name}' tells how far it is.", cancellationToken);
        }
        await Console.Error.WriteLineAsync(arguments.GetValue(Wait) ? $"Destroyed {name}." : $"{name} is being destroyed.");
        return CommandLine.Success;
    }
}
