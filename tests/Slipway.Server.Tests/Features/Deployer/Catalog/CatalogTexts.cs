using System.Text;
using Slipway.Server.Features.Deployer.Catalog;

namespace Slipway.Server.Tests.Features.Deployer.Catalog;

/// <summary>Catalogs as texts.</summary>
internal static class CatalogTexts
{
    /// <summary>A model of the user's own, whole.</summary>
    public const string Bot = "models:\n  - {id: support-bot, engines: [slipway], services: [local], instanceTypes: [local], path: bot.gguf}\n";

    public static CatalogContent Read(string text, bool isJson = false)
    {
        var (content, faults) = CatalogFile.Read(Encoding.UTF8.GetBytes(text), isJson, ModelCatalog.AtStart);
        Assert.Empty(faults.Select(fault => fault.Sentence));
        return content!;
    }

    public static IReadOnlyList<string> Faults(string text, bool isJson = false)
    {
        var (content, faults) = CatalogFile.Read(Encoding.UTF8.GetBytes(text), isJson, ModelCatalog.AtStart);
        Assert.Null(content);
        return [.. faults.Select(fault => fault.Sentence)];
    }
}
