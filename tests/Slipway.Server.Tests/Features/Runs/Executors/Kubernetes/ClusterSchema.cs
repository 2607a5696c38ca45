using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>
/// What Kubernetes accepts, as far as it is used here: unknown fields, wrong types, missing fields and bad names are refused, as a
/// server does that is told <c>fieldValidation=Strict</c>.
/// </summary>
internal static partial class ClusterSchema
{
    // Field:type, with '!' where it is needed. [T] is a list of T, {T} a mapping to T.
    private static readonly Dictionary<string, string> Types = new()
    {
        ["Job"] = "apiVersion:=batch/v1! kind:=Job! metadata:Meta! spec:JobSpec! status:any",
        ["Secret"] = "apiVersion:=v1! kind:=Secret! metadata:Meta! type:string data:{base64} immutable:bool",
        ["ConfigMap"] = "apiVersion:=v1! kind:=ConfigMap! metadata:Meta! data:{string} binaryData:{base64} immutable:bool",
        ["Meta"] = "name:name! namespace:name labels:{label} annotations:{string} ownerReferences:[Owner] creationTimestamp:any",
        ["Owner"] = "apiVersion:string! kind:string! name:name! uid:string! controller:bool blockOwnerDeletion:bool",
        ["JobSpec"] = "backoffLimit:int ttlSecondsAfterFinished:int activeDeadlineSeconds:int template:Template! suspend:bool parallelism:int completions:int",
        ["Template"] = "metadata:TemplateMeta spec:PodSpec!",
        ["TemplateMeta"] = "labels:{label} annotations:{string} creationTimestamp:any",
        ["PodSpec"] = "restartPolicy:Never|OnFailure! automountServiceAccountToken:bool enableServiceLinks:bool terminationGracePeriodSeconds:int "
            + "containers:[Container]! volumes:[Volume] serviceAccountName:name nodeSelector:{label} tolerations:[Toleration] imagePullSecrets:[Ref]",
        ["Container"] = "name:name! image:string! command:[string] args:[string] workingDir:string env:[Env] envFrom:[EnvFrom] "
            + "resources:Resources volumeMounts:[Mount] imagePullPolicy:string",
        ["Env"] = "name:string! value:string",
        ["EnvFrom"] = "secretRef:Ref configMapRef:Ref prefix:string",
        ["Ref"] = "name:name!",
        ["Resources"] = "limits:{quantity} requests:{quantity}",
        ["Mount"] = "name:name! mountPath:path! subPath:relative readOnly:bool",
        ["Volume"] = "name:name! emptyDir:EmptyDir configMap:ConfigMapVolume persistentVolumeClaim:Claim",
        ["EmptyDir"] = "medium:string sizeLimit:quantity",
        ["ConfigMapVolume"] = "name:name! items:[Item]",
        ["Item"] = "key:key! path:relative!",
        ["Claim"] = "claimName:name! readOnly:bool",
        ["Toleration"] = "key:string operator:Equal|Exists value:string effect:NoSchedule|PreferNoSchedule|NoExecute tolerationSeconds:int",
    };

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public static string? FaultOf(string type, JsonNode? value, string path = "")
    {
        if (type == "any")
        {
            return null;
        }
        if (type[0] == '[')
        {
            return value is JsonArray list
                ? list.Select((item, i) => FaultOf(type[1..^1], item, $"{path}[{i}]")).FirstOrDefault(fault => fault is not null)
                : $"{path}: must be a list";
        }
        if (type[0] == '{')
        {
            return value is JsonObject map
                ? map.Select(pair => Key().IsMatch(pair.Key) ? FaultOf(type[1..^1], pair.Value, $"{path}.{pair.Key}") : $"{path}: bad key {pair.Key}")
                    .FirstOrDefault(fault => fault is not null)
                : $"{path}: must be a mapping";
        }
        return Types.TryGetValue(type, out var fields) ? FaultOfObject(fields, value, path) : FaultOfScalar(type, value as JsonValue, path);
    }

    private static string? FaultOfObject(string text, JsonNode? value, string path)
    {
        if (value is not JsonObject given)
        {
            return $"{path}: must be an object";
        }
        var fields = text.Split(' ').Select(field => field.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var missing = fields.FirstOrDefault(field => field.Value.EndsWith('!') && given[field.Key] is null);
        return missing.Key is not null ? $"{path}.{missing.Key}: Required value"
            : given.Select(pair => fields.TryGetValue(pair.Key, out var type)
                ? FaultOf(type.TrimEnd('!'), pair.Value, $"{path}.{pair.Key}")
                : $"strict decoding error: unknown field \"{path}.{pair.Key}\"").FirstOrDefault(fault => fault is not null);
    }

    private static string? FaultOfScalar(string type, JsonValue? value, string path)
    {
        var text = value?.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : null;
        var isRight = type switch
        {
            "string" => text is not null,
            "int" => value is not null && value.TryGetValue<long>(out _),
            "bool" => value is not null && value.TryGetValue<bool>(out _),
            "name" => text is not null && Name().IsMatch(text),
            "key" => text is not null && Key().IsMatch(text),
            "label" => text is not null && Label().IsMatch(text),
            "quantity" => text is not null && Quantity().IsMatch(text),
            "path" => text is ['/', ..] && !text.Contains(':'),
            "relative" => text is [not '/', ..] && !text.Split('/').Contains(".."),
            "base64" => text is not null && Convert.TryFromBase64String(text, new byte[text.Length], out _),
            ['=', .. var constant] => text == constant,
            _ => text is not null && type.Split('|').Contains(text),
        };
        return isRight ? null : $"{path}: Invalid value {value?.ToJsonString() ?? "null"}: must be {type}";
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex Name();

    [GeneratedRegex("^[-._a-zA-Z0-9/]{1,253}$")]
    private static partial Regex Key();

    [GeneratedRegex("^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")]
    private static partial Regex Label();

    [GeneratedRegex("^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$")]
    private static partial Regex Quantity();
}
