using Slipway.Server.Platform.Validation;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>Reads one model of a catalog's file.</summary>
internal static class CatalogEntry
{
    private const int MostItems = 64;
    private const int LongestName = 200;
    private const int LongestText = 2000;
    private const double MostBillions = 100_000;
    private const int MostTokens = 1_000_000_000;

    /// <summary>The model, its missing fields taken from the one that is known by its id; null without an id.</summary>
    public static CatalogModel? Read(YamlMap map, CatalogContent known, CatalogFaults faults)
    {
        var id = IdOf(map, faults);
        if (id is null)
        {
            return null;
        }
        var fields = new CatalogFields(map, $"the model '{id}'", faults);
        _ = fields.Text("id", LongestName);
        var basis = known.Find(id);
        var model = ReadWords(fields, id, basis, faults);
        model = ReadFigures(fields, model);
        fields.RefuseOthers();
        CheckTogether(fields, model, basis, known);
        return model;
    }

    private static string? IdOf(YamlMap map, CatalogFaults faults)
    {
        const string Accepted = "1 to 128 letters, digits, '.', '_' and '-', with a letter or digit at both ends and no '..'";
        var fields = new CatalogFields(map, "a model", faults);
        if (!fields.Has("id"))
        {
            fields.Miss("id", Accepted);
            return null;
        }
        return fields.Text("id", LongestName, CatalogPatterns.IsModelId, Accepted);
    }

    private static CatalogModel ReadWords(CatalogFields fields, string id, CatalogModel? basis, CatalogFaults faults)
    {
        IReadOnlyList<CatalogEngine>? engines = ReadEngines(fields, faults);
        engines ??= basis?.Engines;
        var services = fields.Texts("services", 1, MostItems, CatalogWords.ServiceOf, CatalogWords.Services.Contains, "a list of " + string.Join(", ", CatalogWords.Services))
            ?? basis?.Services;
        var instances = fields.Texts("instanceTypes", 1, MostItems, CatalogWords.InstanceOf, CatalogPatterns.IsInstance, "a list such as [local] or [g5.2xlarge]")
            ?? basis?.InstanceTypes;
        var missing = new[] { engines is null ? "engines" : null, services is null ? "services" : null, instances is null ? "instanceTypes" : null }.OfType<string>().ToList();
        if (missing.Count > 0)
        {
            fields.Miss(string.Join("', '", missing), "a list; for a model on this machine engines: [slipway], services: [local], instanceTypes: [local]");
        }
        return (basis ?? new CatalogModel { Id = id, Engines = [], Services = [], InstanceTypes = [] }) with
        {
            Engines = engines ?? [],
            Services = services ?? [],
            InstanceTypes = instances ?? [],
            Frameworks = fields.Texts("frameworks", 1, MostItems, word => word, CatalogPatterns.IsCapability, "a list such as [fastapi]")
                ?? basis?.Frameworks ?? ["fastapi"],
            Capabilities = fields.Texts("capabilities", 0, MostItems, word => word, CatalogPatterns.IsCapability, "a list of words such as chat, reasoning, tools")
                ?? basis?.Capabilities ?? [],
            Name = fields.Text("name", LongestName) ?? basis?.Name,
            Provider = fields.Text("provider", LongestName) ?? basis?.Provider,
            Series = fields.Text("series", LongestName) ?? basis?.Series,
            Task = fields.OneOf("task", CatalogWords.Tasks) ?? basis?.Task ?? "llm",
            Precision = fields.Text("precision", LongestName) ?? basis?.Precision,
            License = fields.Text("license", LongestName) ?? basis?.License,
            HuggingFaceId = fields.Text("huggingFaceId", LongestName, CatalogPatterns.IsHubName, "a name such as Qwen/Qwen3-8B") ?? basis?.HuggingFaceId,
            ModelScopeId = fields.Text("modelScopeId", LongestName, CatalogPatterns.IsHubName, "a name such as Qwen/Qwen3-8B") ?? basis?.ModelScopeId,
            Description = fields.Text("description", LongestText) ?? basis?.Description,
            DescriptionZh = fields.Text("descriptionZh", LongestText) ?? basis?.DescriptionZh,
            Path = fields.Text("path", 1024) ?? basis?.Path,
        };
    }

    private static CatalogModel ReadFigures(CatalogFields fields, CatalogModel model) => model with
    {
        SizeBillions = fields.Number("sizeBillions", MostBillions) ?? model.SizeBillions,
        ActiveBillions = fields.Number("activeBillions", MostBillions) ?? model.ActiveBillions,
        WeightsGiB = fields.Number("weightsGiB", MostBillions) ?? model.WeightsGiB,
        ContextLength = fields.Whole("contextLength", 1, MostTokens) ?? model.ContextLength,
        ExtendedContextLength = fields.Whole("extendedContextLength", 1, MostTokens) ?? model.ExtendedContextLength,
        MinGpuMemoryGiB = fields.Number("minGpuMemoryGiB", MostBillions) ?? model.MinGpuMemoryGiB,
        GatedOnHuggingFace = fields.Flag("gatedOnHuggingFace") ?? model.GatedOnHuggingFace,
        ChinaRegion = fields.Flag("chinaRegion") ?? model.ChinaRegion,
        RecommendedInstanceType = fields.Text("recommendedInstanceType", LongestName) is { } written
            ? CatalogWords.InstanceOf(written)
            : model.RecommendedInstanceType is { } one && model.InstanceTypes.Contains(one) ? one : null,
    };

    private static List<CatalogEngine>? ReadEngines(CatalogFields fields, CatalogFaults faults)
    {
        if (!fields.Has("engines"))
        {
            _ = fields.Items("engines", MostItems);
            return null;
        }
        List<CatalogEngine> engines = [];
        foreach (var item in fields.Items("engines", MostItems, least: 1))
        {
            if (ReadEngine(fields, item, faults) is not { } engine)
            {
                continue;
            }
            if (engines.Exists(other => other.Type == engine.Type))
            {
                faults.Add(item.Place, $"the engine '{engine.Type}' stands here for the second time", FaultTypes.Const);
                continue;
            }
            engines.Add(engine);
        }
        return engines;
    }

    /// <summary>A word, or a map where there is more to say.</summary>
    private static CatalogEngine? ReadEngine(CatalogFields model, YamlValue item, CatalogFaults faults)
    {
        var accepted = "one of " + string.Join(", ", CatalogWords.Engines);
        if (item is not YamlMap map)
        {
            return model.Line("engines", item, LongestName, IsEngine, accepted) is { } word ? new CatalogEngine { Type = CatalogWords.EngineOf(word) } : null;
        }
        var fields = new CatalogFields(map, "an engine", faults);
        if (!fields.Has("type"))
        {
            fields.Miss("type", accepted);
        }
        var type = fields.Text("type", LongestName, IsEngine, accepted);
        var arguments = fields.Text("emdDefaultCliArgs", 4096);
        var variables = ReadVariables(fields);
        fields.RefuseOthers();
        return type is null ? null : new CatalogEngine
        {
            Type = CatalogWords.EngineOf(type),
            EmdDefaultCliArgs = arguments,
            VllmContainerEnv = variables,
        };
    }

    private static bool IsEngine(string text) => CatalogWords.Engines.Contains(CatalogWords.EngineOf(text));

    private static Dictionary<string, string>? ReadVariables(CatalogFields fields)
    {
        const string Field = "vllmContainerEnv";
        if (fields.Map(Field, MostItems) is not { } map)
        {
            return null;
        }
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in map.Entries)
        {
            if (!CatalogPatterns.IsContainerVariable(name))
            {
                fields.Refuse(Field, $"has '{YamlReader.Shorten(name)}'; accepted are names such as SM_VLLM_MAX_MODEL_LEN");
            }
            else if (fields.Line(Field, value, 1024, _ => true, "a text or number for each name") is { } text)
            {
                variables[name] = text;
            }
        }
        return variables;
    }

    private static void CheckTogether(CatalogFields fields, CatalogModel model, CatalogModel? basis, CatalogContent known)
    {
        foreach (var instance in model.InstanceTypes.Where(instance => !known.Instances.ContainsKey(instance) && instance != CatalogWords.Local))
        {
            fields.Refuse("instanceTypes", $"has '{instance}', which is not known; describe it under 'instances' of the file");
        }
        if (model.RecommendedInstanceType is { } recommended && !model.InstanceTypes.Contains(recommended))
        {
            fields.Refuse("recommendedInstanceType", $"is '{recommended}', which is not among its instanceTypes: {string.Join(", ", model.InstanceTypes)}");
        }
        var isLocal = model.Services.Contains(CatalogWords.Local);
        if (isLocal != model.InstanceTypes.Contains(CatalogWords.Local))
        {
            fields.Refuse(isLocal ? "services" : "instanceTypes", "has 'local'; then the other of 'services' and 'instanceTypes' needs it, too");
        }
        if (model is { Path: not null } && !isLocal)
        {
            fields.Refuse("path", "is for the service 'local', which is not among its services");
        }
        if (basis is null && model is { Path: null, HuggingFaceId: null, ModelScopeId: null } && model.Id != CatalogModel.BundledId && !IsPulledByName(model))
        {
            fields.Miss("path", "a file, a folder or a run's artifact on this machine; or huggingFaceId or modelScopeId");
        }
    }

    // Ollama's models have a library of their own.
    private static bool IsPulledByName(CatalogModel model) => model.Engines is [{ Type: "ollama" }];
}
