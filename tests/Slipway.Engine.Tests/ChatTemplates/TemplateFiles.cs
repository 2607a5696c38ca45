using System.Text.Json.Nodes;

namespace Slipway.Engine.Tests.ChatTemplates;

/// <summary>Where the cases lie: beside these tests, and in the folder of reference data beside the checkout.</summary>
internal static class TemplateFiles
{
    public static string Checkout { get; } = FindCheckout();

    public static string OwnCases => Path.Combine(Checkout, "tests", "Slipway.Engine.Tests", "ChatTemplates", "jinja_cases.jsonl");

    /// <summary>A file of the reference data; skips the test where there is none.</summary>
    public static string Reference(string name)
    {
        var path = Path.Combine(Checkout, "..", "shared", "data", "qwen3", name);
        Assert.SkipUnless(File.Exists(path), "The reference data is not beside this checkout.");
        return path;
    }

    public static IEnumerable<JsonObject> ReadLines(string path) =>
        File.ReadLines(path).Select(static line => JsonNode.Parse(line)!.AsObject());

    private static string FindCheckout()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Slipway.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"No Slipway.slnx above {AppContext.BaseDirectory}.");
    }
}
