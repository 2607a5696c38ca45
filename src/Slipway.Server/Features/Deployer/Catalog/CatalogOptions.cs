namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>The section <c>Catalog</c>.</summary>
internal sealed class CatalogOptions
{
    /// <summary>A YAML or, by its ending, JSON file with models of the user's own. It is read again when it changes.</summary>
    public string? Path { get; init; }
}
