using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>What is wrong with a catalog; more than can be read at once is not kept.</summary>
internal sealed class CatalogFaults
{
    private const int Most = 50;

    private readonly List<YamlFault> _faults = [];

    public IReadOnlyList<YamlFault> All => _faults;

    public void Add(YamlPlace place, string message, string type)
    {
        if (_faults.Count < Most)
        {
            _faults.Add(new YamlFault(place, message, type));
        }
    }
}
