using System.CommandLine;
using Slipway.Client;
using Slipway.Client.TrainingConfigs;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway configs</c>: the training configurations of a running server.</summary>
internal static class ConfigsCommand
{
    private const string Teaching = """
        Training configurations: YAML with LLaMA-Factory's keys. Every version is kept.

          slipway configs put support-sft.yaml                  # named 'support-sft', after the file
          slipway configs put lora.yaml --name support-sft      # the next version of it
          slipway configs show support-sft --content > now.yaml
          slipway configs show support-sft --version 1
        """;

    private static readonly Argument<string> File = new("FILE.yaml") { Description = "At most 1 MiB." };
    private static readonly Argument<string> Config = new("NAME") { Description = "A configuration's name." };
    private static readonly Option<string?> Name = new("--name", "-n") { Description = "What to call it; the file's name when not given.", HelpName = "NAME" };
    private static readonly Option<long?> Version = new("--version") { Description = "Which one, from 1; the latest when not given.", HelpName = "N" };
    private static readonly Option<bool> Content = new("--content") { Description = "Print the YAML, byte by byte." };
    private static readonly Option<bool> Versions = new("--versions") { Description = "List all its versions." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, 1 to 1000.", DefaultValueFactory = _ => 100, HelpName = "N" };
    private static readonly Option<int> Offset = new("--offset") { Description = "How many of the newest to leave out.", HelpName = "N" };

    public static Command Create() => RemoteServer.Group(
        "configs", Teaching,
        RemoteServer.Verb("put", "Upload a configuration: the next version of its name.", [File, Name], PutAsync),
        RemoteServer.Verb("list", "List the latest version of each, the newest first.", [Limit, Offset], async (client, arguments, cancellationToken) =>
            List(await client.ListTrainConfigsAsync(arguments.GetValue(Limit), arguments.GetValue(Offset), cancellationToken), arguments)),
        RemoteServer.Verb("show", "Show a configuration, its YAML, or its versions.", [Config, Version, Content, Versions], ShowAsync),
        RemoteServer.Verb("delete", "Remove a configuration with all its versions. Runs keep their copies.", [Config], DeleteAsync));

    private static async Task<int> PutAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = arguments.GetRequiredValue(File);
        await using var file = System.IO.File.OpenRead(path);
        var config = await client.UploadTrainConfigAsync(
            file, Path.GetFileName(path), arguments.GetValue(Name) ?? Path.GetFileNameWithoutExtension(path), cancellationToken);
        foreach (var warning in config.Warnings)
        {
            await Console.Error.WriteLineAsync($"warning: {CellText.OneLine(warning)}");
        }
        return Show(config, arguments);
    }

    private static async Task<int> ShowAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var (name, version) = (arguments.GetRequiredValue(Config), arguments.GetValue(Version));
        if (arguments.GetValue(Content))
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(await client.GetTrainConfigContentAsync(name, version, cancellationToken), cancellationToken);
            return CommandLine.Success;
        }
        return arguments.GetValue(Versions)
            ? List(await client.ListTrainConfigVersionsAsync(name, cancellationToken: cancellationToken), arguments)
            : Show(await client.GetTrainConfigAsync(name, version, cancellationToken), arguments);
    }

    private static async Task<int> DeleteAsync(SlipwayClient client, ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = arguments.GetRequiredValue(Config);
        await client.DeleteTrainConfigAsync(name, cancellationToken);
        await Console.Error.WriteLineAsync($"Removed the configuration {name}.");
        return CommandLine.Success;
    }

    private static int List(IReadOnlyList<TrainConfig> configs, ParseResult arguments)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            return Listing.WriteJson(configs);
        }
        var table = new TextTable(
            new("NAME", 16), new("VERSION", IsRight: true), new("SIZE", IsRight: true), new("UPLOADED"), new("FILE", 12), new("WARNINGS", IsRight: true));
        foreach (var config in configs)
        {
            table.Add(
                config.Name, $"{config.Version}", Wording.Bytes(config.Size), Wording.Time(config.UploadedAt), config.Filename, $"{config.Warnings.Count}");
        }
        return Listing.Write(table, configs.Count, configs.Count, "There are no configurations. 'slipway configs put FILE.yaml' uploads one.");
    }

    private static int Show(TrainConfig config, ParseResult arguments)
    {
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.WriteAnswer(config);
            return CommandLine.Success;
        }
        Wording.Write(
            ("config", config.Name), ("version", $"{config.Version}"), ("file", config.Filename), ("size", Wording.Bytes(config.Size)),
            ("uploaded", Wording.Time(config.UploadedAt)), ("sha256", config.Sha256), ("warnings", string.Join("; ", config.Warnings)));
        return CommandLine.Success;
    }
}
