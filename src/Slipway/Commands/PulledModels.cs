using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Models;
using Slipway.Server.Platform.Hub;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary><c>slipway models pulled</c> and <c>remove</c>: what was pulled to this machine. No server is asked.</summary>
internal static class PulledModels
{
    private static readonly Argument<string> Name = new("OWNER/NAME[:FORMAT]") { Description = "As it was pulled; without a format all that was pulled of it." };

    public static IEnumerable<Command> Verbs()
    {
        var pulled = new Command("pulled", "List the models that were pulled to this machine, and what they take of the disk.");
        pulled.SetAction(List);
        var remove = new Command("remove", "Remove a model that was pulled to this machine.") { Name };
        remove.SetAction(Remove);
        return [pulled, remove];
    }

    public static string NameOf(HubKind hub) => hub == HubKind.HuggingFace ? "huggingface" : "modelscope";

    private static int List(ParseResult arguments)
    {
        using var library = HubModels.Open(null, null);
        var models = library.List();
        if (arguments.GetValue(RemoteServer.Json))
        {
            foreach (var model in models)
            {
                JsonLines.Write(ToJson(model));
            }
            return CommandLine.Success;
        }
        var table = new TextTable(new("MODEL", 24), new("SIZE", IsRight: true), new("HUB"), new("PULLED"), new("COMMIT"), new("PATH", 12));
        foreach (var model in models)
        {
            table.Add(
                model.Name, Wording.Bytes(model.Bytes), NameOf(model.Hub), model.PulledAt is { } at ? Wording.Time(at) : "unfinished",
                model.Commit[..Math.Min(8, model.Commit.Length)], model.Path ?? "");
        }
        _ = Listing.Write(table, models.Count, models.Count, "Nothing was pulled. 'slipway pull --help' tells how.");
        if (models.Count > 0)
        {
            Console.Error.WriteLine($"{Wording.Bytes(library.BytesOnDisk())} in {library.Folder}");
        }
        return CommandLine.Success;
    }

    private static int Remove(ParseResult arguments)
    {
        var name = HubName.Parse(arguments.GetRequiredValue(Name));
        using var library = HubModels.Open(null, null);
        var freed = library.Remove(name)
            ?? throw new CommandException($"'{name}' was not pulled to this machine; 'slipway models pulled' lists what was.");
        if (arguments.GetValue(RemoteServer.Json))
        {
            JsonLines.Write(new JsonObject { ["name"] = name.ToString(), ["bytes"] = freed });
        }
        else
        {
            Console.Error.WriteLine($"Removed {name}; {Wording.Bytes(freed)} are free.");
        }
        return CommandLine.Success;
    }

    private static JsonObject ToJson(PulledModel model) => new()
    {
        ["name"] = model.Name,
        ["hub"] = NameOf(model.Hub),
        ["commit"] = model.Commit,
        ["path"] = model.Path,
        ["bytes"] = model.Bytes,
        ["pulled_at"] = model.PulledAt?.ToString("O"),
        ["source"] = model.Source,
    };
}
