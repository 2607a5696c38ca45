using System.CommandLine;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Deployer;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway deploy</c>: brings a model of the server's catalog into service.</summary>
internal static class DeployCommand
{
    private const string Teaching = """
        Deploy a model of the server's catalog: on the server's machine, or on Amazon SageMaker. What is not given is chosen from what
        the catalog says of the model, and told. 'slipway models' lists what can be deployed, what is deployed, and takes it away.

          slipway deploy slipway-tiny --wait
          slipway deploy Qwen3-8B/prod --engine vllm --params '{"engine_params": {"cli_args": "--max-model-len 16000"}}'
          slipway deploy Qwen3-8B --service sagemaker_realtime --instance g5.2xlarge --region us-east-1 --wait
          slipway deploy Qwen3-8B --service sagemaker_async --params @params.json

        With --wait the exit code is 0 when it is in service, 1 when it has failed, and 130 after Ctrl-C, which ends the waiting, not
        the deployment. Clients of the gateway call the model by MODEL/TAG, and by MODEL alone when the tag is dev.
        """;

    private static readonly Argument<string> Model = new("MODEL[/TAG]") { Description = "A model of the catalog, and what to call this deployment of it; dev when not given." };
    private static readonly Option<string?> Service = new("--service") { Description = "local (when not given), sagemaker_realtime or sagemaker_async.", HelpName = "SERVICE" };
    private static readonly Option<string?> Instance = new("--instance") { Description = "Such as g5.2xlarge; the recommended one when not given.", HelpName = "TYPE" };
    private static readonly Option<string?> Engine = new("--engine") { Description = "Such as vllm; the model's first that is ready for the service when not given.", HelpName = "ENGINE" };
    private static readonly Option<string?> Region = new("--region") { Description = "Of AWS; the server's when not given.", HelpName = "REGION" };
    private static readonly Option<string?> StackName = new("--stack-name") { Description = "Of CloudFormation; made of model and tag when not given.", HelpName = "NAME" };
    private static readonly Option<string?> Params = new("--params") { Description = "Further parameters: a JSON object, or a file that holds one.", HelpName = "JSON|@FILE" };
    private static readonly Option<string?> OnFailure = new("--on-failure") { Description = "What becomes of the stacks, the environment's and the model's, when one fails: ROLLBACK (when not given), DELETE, DO_NOTHING.", HelpName = "WHAT" };
    private static readonly Option<bool> ForceEnvUpdate = new("--force-env-update") { Description = "Update the region's environment stack though it is there." };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Show how it comes along; return when it is in service, or has failed." };

    public static Command Create()
    {
        OnFailure.AcceptOnlyFromAmong("ROLLBACK", "DELETE", "DO_NOTHING");
        return RemoteServer.Alone(
            "deploy", Teaching, [Model, Service, Instance, Engine, Region, StackName, Params, OnFailure, ForceEnvUpdate, Wait], DeployAsync);
    }

    private static async Task<int> DeployAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = ModelName.Of(arguments.GetRequiredValue(Model));
        var parameters = ReadParams(arguments.GetValue(Params));
        var model = await client.GetModelDetailsAsync(name.Id, cancellationToken);
        var choice = DeployChoice.Of(model, arguments.GetValue(Service), arguments.GetValue(Instance), arguments.GetValue(Engine));
        await Console.Error.WriteLineAsync(CellText.OneLine($"Deploying {name}: {choice}."));
        var started = await client.DeployModelAsync(new DeployRequest
        {
            ModelId = name.Id,
            ModelTag = name.Tag,
            InstanceType = choice.Instance,
            EngineType = choice.Engine,
            ServiceType = choice.Service,
            Region = arguments.GetValue(Region),
            ModelStackName = arguments.GetValue(StackName),
            ExtraParams = parameters,
            EnvStackOnFailure = arguments.GetValue(OnFailure),
            ForceEnvStackUpdate = arguments.GetValue(ForceEnvUpdate) ? true : null,
        }, cancellationToken);
        return arguments.GetValue(Wait)
            ? await WaitAsync(client, name, arguments, cancellationToken)
            : Tell(started, name, arguments);
    }

    private static int Tell(DeployStarted started, ModelName name, ParseResult arguments)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(started);
            return CommandLine.Success;
        }
        Console.Out.WriteLine(name);
        Console.Error.WriteLine($"It has begun. 'slipway models status {name}' tells how it stands.");
        return CommandLine.Success;
    }

    private static async Task<int> WaitAsync(SlipwayClient client, ModelName name, ParseResult arguments, CancellationToken cancellationToken)
    {
        var status = await DeployWaiting.RunAsync(
            (progress, token) => client.WaitForModelAsync(name.Id, name.Tag, progress, token), [],
            $"The deployment goes on. 'slipway models status {name}' tells how it stands; 'slipway models destroy {name}' ends it.",
            cancellationToken);
        ModelsCommand.Show(name, status, arguments, withEvents: false);
        if (status.Status != DeployedModelStatuses.InService)
        {
            await Console.Error.WriteLineAsync(
                $"{name} has failed: {CellText.OneLine(status.FailureReason ?? "no reason is known.")} 'slipway models destroy {name}' takes away what there is of it.");
            return CommandLine.Failure;
        }
        await Console.Error.WriteLineAsync($"Clients call it '{name}'{(name.Tag == ModelName.UsualTag ? $" or '{name.Id}'" : "")}.");
        return CommandLine.Success;
    }

    /// <exception cref="ArgumentException">They are no JSON object.</exception>
    private static JsonElement? ReadParams(string? given)
    {
        if (given is null)
        {
            return null;
        }
        try
        {
            var parameters = JsonElement.Parse(given.StartsWith('@') ? File.ReadAllText(given[1..]) : given);
            return parameters.ValueKind == JsonValueKind.Object
                ? parameters
                : throw new ArgumentException($"--params is {given}; accepted is a JSON object.");
        }
        catch (JsonException exception)
        {
            throw new ArgumentException($"--params is {given}; accepted is a JSON object, or @ and a file that holds one. {exception.Message}", exception);
        }
    }
}
