using System.Text;
using Slipway.Server.Features.TrainingConfigs.Yaml;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>A configuration as a run takes it along.</summary>
/// <param name="Id">Of the name.</param>
/// <param name="Name">Under which it was uploaded.</param>
/// <param name="Version">Which of its versions.</param>
/// <param name="Bytes">The file, byte by byte as it was uploaded.</param>
/// <param name="Scalars">Values of its top level, such as <c>model_name_or_path</c>; lists are joined by commas.</param>
internal sealed record ConfigForRun(
    string Id, string Name, long Version, ReadOnlyMemory<byte> Bytes, IReadOnlyDictionary<string, string> Scalars);

/// <summary>Where runs take uploaded configurations from.</summary>
internal sealed class ConfigShelf(ConfigStore store)
{
    /// <summary>The latest version of a configuration; null when no configuration has this id or name.</summary>
    public async Task<ConfigForRun?> FindAsync(string idOrName, CancellationToken cancellationToken)
    {
        if (await store.ReadByIdOrNameAsync(idOrName, cancellationToken) is not { } row)
        {
            return null;
        }
        var bytes = Encoding.UTF8.GetBytes(row.Content);
        return new ConfigForRun(row.Id, row.Name, row.Version, bytes, TrainingYaml.Check(bytes).Scalars);
    }
}
