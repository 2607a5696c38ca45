using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client.Deployer;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Deployer.Surface;

/// <summary>The bodies of the deployer's requests, and the one that is told back.</summary>
internal static class DeployBody
{
    public const string UsualTag = "dev";

    private const string UsualFramework = "fastapi";
    private const string UsualOnFailure = "ROLLBACK";
    private const int LongestName = 256;
    private const int LongestPath = 1024;
    private const int LongestParams = 16384;

    private static readonly JsonElement NoParams = JsonDocument.Parse("{}").RootElement;

    // A name that stands twice would be read as one thing here and as another one there.
    private static readonly JsonDocumentOptions Strict = new()
    {
        AllowDuplicateProperties = false,
        MaxDepth = 32,
    };

    public static DeployRequest Read(BodyObject body) => new()
    {
        ModelId = body.Required("model_id").Line(LongestName) ?? "",
        InstanceType = body.Required("instance_type").Line(LongestName) ?? "",
        EngineType = body.Required("engine_type").Line(LongestName) ?? "",
        ServiceType = body.Required("service_type").Line(LongestName) ?? "",
        FrameworkType = body.Optional("framework_type").Line(LongestName),
        ModelTag = body.Optional("model_tag").Line(LongestName, mayBreak: true),
        Region = body.Optional("region").Line(LongestName),
        ModelStackName = body.Optional("model_stack_name").Line(LongestName),
        ExtraParams = ReadParams(body.Optional("extra_params")),
        EnvStackOnFailure = body.Optional("env_stack_on_failure").OneOf("ROLLBACK", "DELETE", "DO_NOTHING"),
        ForceEnvStackUpdate = body.Optional("force_env_stack_update").Flag(),
        WaitingUntilDeployComplete = body.Optional("waiting_until_deploy_complete").Flag(),
        DockerfileLocalPath = body.Optional("dockerfile_local_path").Line(LongestPath),
    };

    public static ModelDetailsRequest ReadDetails(BodyObject body) => new()
    {
        ModelId = body.Required("model_id").Line(LongestName) ?? "",
        Detail = body.Optional("detail").Flag(),
    };

    /// <summary>What was asked for, as the caller wrote it.</summary>
    public static DeploymentConfig Echo(DeployRequest request) => new()
    {
        ModelId = request.ModelId,
        InstanceType = request.InstanceType,
        EngineType = request.EngineType,
        ServiceType = request.ServiceType,
        FrameworkType = FrameworkOf(request),
        ModelTag = TagOf(request),
        Region = request.Region,
        ModelStackName = request.ModelStackName,
        ExtraParams = request.ExtraParams ?? NoParams,
        EnvStackOnFailure = OnFailureOf(request),
        ForceEnvStackUpdate = request.ForceEnvStackUpdate ?? false,
        WaitingUntilDeployComplete = request.WaitingUntilDeployComplete ?? false,
        DockerfileLocalPath = request.DockerfileLocalPath,
    };

    public static string FrameworkOf(DeployRequest request) => request.FrameworkType ?? UsualFramework;

    public static string TagOf(DeployRequest request) => request.ModelTag ?? UsualTag;

    public static string OnFailureOf(DeployRequest request) => request.EnvStackOnFailure ?? UsualOnFailure;

    /// <summary>The extra parameters of a request that was read here, as the object that they are.</summary>
    public static JsonObject ParamsOf(DeployRequest request) => request.ExtraParams switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } text => JsonNode.Parse(text.GetString()!, documentOptions: Strict)!.AsObject(),
        { } element => JsonNode.Parse(element.GetRawText(), documentOptions: Strict)!.AsObject(),
    };

    /// <summary>An object, or a text that is one in JSON.</summary>
    private static JsonElement? ReadParams(BodyValue value)
    {
        var text = value.IsText ? value.Text(max: LongestParams) : value.Whole(LongestParams)?.GetRawText();
        if (text is null)
        {
            return null;
        }
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return value.RefuseValue<JsonElement>("value is not a valid dict", FaultTypes.Dict);
            }
            ReadAll(document.RootElement);
            return value.IsText ? JsonSerializer.SerializeToElement(text, ErrorJson.Wire.String) : document.RootElement.Clone();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return value.RefuseValue<JsonElement>("accepted is a JSON object, at most 32 deep, in which no name stands twice and every text is whole", FaultTypes.JsonDecode);
        }
    }

    /// <exception cref="InvalidOperationException">A text holds half of a surrogate pair: JSON lets it pass as an escape, nobody can write it on.</exception>
    private static void ReadAll(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadAll(item);
                }
                break;
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject())
                {
                    ReadAll(field.Value);
                }
                break;
        }
    }
}
