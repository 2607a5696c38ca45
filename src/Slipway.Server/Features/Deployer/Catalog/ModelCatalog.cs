using System.Reflection;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>The models that can be deployed: those that the server knows, and what the user's file makes of them.</summary>
internal sealed class ModelCatalog
{
    private static readonly Lazy<CatalogContent> Starting = new(ReadStarting);

    private volatile CatalogContent? _content;

    /// <summary>What the server knows by itself.</summary>
    public static CatalogContent AtStart => Starting.Value;

    /// <summary>In the order of the files.</summary>
    public IReadOnlyList<CatalogModel> All => Content.Models;

    /// <summary>By the name without <c>ml.</c></summary>
    public IReadOnlyDictionary<string, CatalogInstance> Instances => Content.Instances;

    private CatalogContent Content => _content ?? AtStart;

    /// <summary>The model of exactly this id.</summary>
    public CatalogModel? Find(string id) => Content.Find(id);

    /// <summary>At most three ids that may be meant by one that is none, the nearest first.</summary>
    public IReadOnlyList<string> Near(string id) => NearNames.Of(id, Content.Models.Select(model => model.Id));

    public void Replace(CatalogContent content) => _content = content;

    // By the rules for the user's file: a slip in it is found by the first test that looks.
    private static CatalogContent ReadStarting()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("catalog.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var (content, faults) = CatalogFile.Read(bytes, isJson: true, CatalogContent.Empty);
        return content ?? throw new InvalidOperationException($"catalog.json: {faults[0].Sentence}");
    }
}
