using System.CommandLine;
using Slipway.Engine.Cache;
using Slipway.Models;
using Slipway.Server;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Hub;

namespace Slipway.Commands;

/// <summary><c>slipway serve</c>: the server, until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly ServerOptions Defaults = new();
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "The model to load: a GGUF file, a Hugging Face or ModelScope folder, a name in the models folder, or OWNER/NAME[:FORMAT] of a hub, pulled once. Default: Serving:Model of the configuration, else the bundled model.", HelpName = "FILE" };
    private static readonly Option<bool> NoModel = new("--no-model") { Description = "Start without a model; POST /api/v1/model/load loads one." };
    private static readonly Option<string> Host = new("--host") { Description = "The address to listen on; * for all.", DefaultValueFactory = _ => Defaults.Host, HelpName = "H" };
    private static readonly Option<int[]> Port = Ports();
    private static readonly Option<bool> ClassicPorts = new("--classic-ports") { Description = $"Listen on {string.Join(", ", ServerOptions.ClassicPortList)} too, where older clients look." };
    private static readonly Option<int?> Workers = new("--workers") { Description = "Sequences decoded at once, 1 to 256. Default 16.", HelpName = "N" };
    private static readonly Option<int?> Threads = new("--threads", "-t") { Description = "Threads that compute. Default: one per core.", HelpName = "N" };
    private static readonly Option<KvFormat?> KvType = ModelOptions.KvType();
    private static readonly Option<bool> Reload = new("--reload") { Description = "For development: apply configuration as it changes, let every web origin in." };
    private static readonly Option<ServerLogLevel> LogLevel = new("--log-level") { Description = "The least severe lines to log.", DefaultValueFactory = _ => Defaults.LogLevel };
    private static readonly Option<ServerLogFormat> LogFormat = new("--log-format") { Description = "Lines for people, or JSON.", DefaultValueFactory = _ => Defaults.LogFormat };

    public static Command Create()
    {
        var command = new Command("serve", "Serve a model over HTTP. The verb may be left out.")
        {
            Model, NoModel, Host, Port, ClassicPorts, Workers, Threads, KvType, Reload, LogLevel, LogFormat,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(NoModel) && result.GetValue(Model) is not null)
            {
                result.AddError("--model and --no-model say opposite things; give one of them.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static Option<int[]> Ports()
    {
        var option = new Option<int[]>("--port") { Description = "The port to listen on; may be given several times. 0 takes a free one.", DefaultValueFactory = _ => [.. Defaults.Ports], HelpName = "P" };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (int.TryParse(token.Value, out var port) && port is < 0 or > 65535)
                {
                    result.AddError($"--port is {port}; accepted is 0 to 65535.");
                }
            }
        });
        return option;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = new ServerOptions
        {
            Model = arguments.GetValue(NoModel) ? ServerOptions.NoModel : await FileOfAsync(arguments.GetValue(Model), cancellationToken),
            DefaultModel = BundledModel.Path,
            Host = arguments.GetRequiredValue(Host),
            Ports = arguments.GetRequiredValue(Port),
            ClassicPorts = arguments.GetValue(ClassicPorts),
            Workers = arguments.GetValue(Workers),
            Threads = arguments.GetValue(Threads),
            KvFormat = arguments.GetValue(KvType)?.Name(),
            Reload = arguments.GetValue(Reload),
            LogLevel = arguments.GetValue(LogLevel),
            LogFormat = arguments.GetValue(LogFormat),
        };
        return await SlipwayServer.RunAsync(options, [], Console.Error, cancellationToken);
    }

    /// <summary>What the server finds by itself is left to it; a hub's model is pulled before it starts.</summary>
    private static async Task<string?> FileOfAsync(string? model, CancellationToken cancellationToken)
    {
        try
        {
            // Whoever writes the configuration chooses the model as whoever types the command does.
            var wanted = model ?? ServerSettings.Read()["Serving:Model"];
            return wanted is null || HubName.TryParse(wanted) is null || IsInModelsFolder(wanted)
                ? model : await HubModels.FileOfAsync(wanted, tellsInLines: true, cancellationToken);
        }
        catch (ServerStartException)
        {
            return model; // Settings that cannot be read: the server says so itself.
        }
    }

    private static bool IsInModelsFolder(string model)
    {
        var folder = ServerSettings.Read()["Serving:ModelsFolder"] ?? "models";
        return new[] { model + ".gguf", Path.Combine(folder, model), Path.Combine(folder, model + ".gguf") }.Any(Path.Exists);
    }
}
