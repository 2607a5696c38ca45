using Slipway.Server.Platform.Validation;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>
/// Reads a catalog: <c>models</c>, a list, and <c>instances</c>, by name. A model that is known already is changed by the fields
/// that are written; the others stay.
/// </summary>
internal static class CatalogFile
{
    public const int LargestFile = 1 << 20;

    private const int MostModels = 2000;
    private const int MostInstances = 500;

    /// <summary>What comes out of a file over what is <paramref name="known"/>, or what is wrong with it, by place.</summary>
    public static (CatalogContent? Content, IReadOnlyList<YamlFault> Faults) Read(ReadOnlySpan<byte> bytes, bool isJson, CatalogContent known)
    {
        var (value, fault) = isJson ? JsonValues.Read(bytes, LargestFile) : YamlFile.Read(bytes, LargestFile);
        if (fault is not null)
        {
            return (null, [fault]);
        }
        var faults = new CatalogFaults();
        if (value is not YamlMap map)
        {
            // An empty file is one that says nothing yet.
            return value is null or YamlText { IsNothing: true }
                ? (known, [])
                : (null, [new YamlFault(value.Place, "a catalog is 'models:' with a list, and 'instances:' with names; this is something else", FaultTypes.Dict)]);
        }
        var fields = new CatalogFields(map, "the catalog", faults);
        var instances = ReadInstances(fields.Map("instances", MostInstances), faults);
        var grown = known.With([], instances);
        var models = ReadModels(fields.Items("models", MostModels), grown, faults);
        fields.RefuseOthers();
        return faults.All.Count > 0
            ? (null, [.. faults.All.OrderBy(one => one.Place.Line).ThenBy(one => one.Place.Column)])
            : (grown.With(models, instances), []);
    }

    private static List<CatalogModel> ReadModels(IReadOnlyList<YamlValue> items, CatalogContent known, CatalogFaults faults)
    {
        List<CatalogModel> models = [];
        Dictionary<string, int> lines = new(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item is not YamlMap map)
            {
                faults.Add(item.Place, "a model is 'id:' and further fields; this is something else", FaultTypes.Dict);
            }
            else if (CatalogEntry.Read(map, known, faults) is { } model)
            {
                if (lines.TryAdd(model.Id, map.Place.Line))
                {
                    models.Add(model);
                }
                else
                {
                    faults.Add(map.Place, $"the model '{model.Id}' stands here for the second time; the first is in line {lines[model.Id]}", FaultTypes.Const);
                }
            }
        }
        return models;
    }

    private static Dictionary<string, CatalogInstance> ReadInstances(YamlMap? map, CatalogFaults faults)
    {
        Dictionary<string, CatalogInstance> instances = new(StringComparer.Ordinal);
        foreach (var (written, value) in map?.Entries ?? [])
        {
            var name = CatalogWords.InstanceOf(written);
            if (!CatalogPatterns.IsInstance(name))
            {
                faults.Add(value.Place, $"'{YamlReader.Shorten(written)}' is no instance type; accepted is a name such as g5.2xlarge", FaultTypes.Const);
            }
            else if (value is not YamlMap fields)
            {
                faults.Add(value.Place, $"the instance '{name}' is described by fields; this is something else", FaultTypes.Dict);
            }
            else if (!instances.TryAdd(name, ReadInstance(name, new CatalogFields(fields, $"the instance '{name}'", faults))))
            {
                faults.Add(value.Place, $"the instance '{name}' stands here for the second time, with and without 'ml.'", FaultTypes.Const);
            }
        }
        return instances;
    }

    private static CatalogInstance ReadInstance(string name, CatalogFields fields)
    {
        var instance = new CatalogInstance
        {
            SagemakerType = fields.Text("sagemakerType", 64, CatalogPatterns.IsSagemakerType, "a name such as ml.g5.2xlarge")
                ?? (name == CatalogWords.Local ? null : "ml." + name),
            Accelerator = fields.Text("accelerator", 100),
            AcceleratorCount = fields.Whole("acceleratorCount", 0, 1024) ?? 0,
            AcceleratorMemoryGiB = fields.Number("acceleratorMemoryGiB", 4096),
            ChinaRegion = fields.Flag("chinaRegion") ?? false,
        };
        fields.RefuseOthers();
        return instance;
    }
}
