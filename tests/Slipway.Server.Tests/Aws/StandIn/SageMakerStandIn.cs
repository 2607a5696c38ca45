using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using static Slipway.Server.Tests.Aws.StandIn.Shape;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>SageMaker's control plane: what there is to be seen of endpoints. Stacks make and delete them.</summary>
internal sealed class SageMakerStandIn(StandInAccount account)
{
    private static readonly Shape Name = Text(63, "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", 1);

    private static readonly Shape Status = Choice(
        "OutOfService", "Creating", "Updating", "SystemUpdating", "RollingBack", "InService", "Deleting", "Failed", "UpdateRollbackFailed");

    private static readonly Shape Describing = Of(("!EndpointName", Name));

    private static readonly Shape Listing = Of(
        ("SortBy", Choice("Name", "CreationTime", "Status")), ("SortOrder", Choice("Ascending", "Descending")), ("NextToken", Text(8192)),
        ("MaxResults", Number(1, 100)), ("NameContains", Text(63, "[a-zA-Z0-9-]+")), ("StatusEquals", Status));

    /// <exception cref="StandInFault">It is refused.</exception>
    public JsonObject Answer(string action, byte[] body)
    {
        JsonObject order;
        try
        {
            order = JsonNode.Parse(body)!.AsObject();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new StandInFault("SerializationException", "The body is no JSON object.");
        }
        return action switch
        {
            "DescribeEndpoint" => Describe(Checked(order, Describing)),
            "ListEndpoints" => List(Checked(order, Listing)),
            _ => throw new StandInFault("UnknownOperationException", $"{action} is unknown."),
        };
    }

    private static JsonObject Checked(JsonObject order, Shape shape) =>
        shape.FaultOf(order, "#") is { } fault ? throw new StandInFault("ValidationException", $"1 validation error detected: {fault}") : order;

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private JsonObject Describe(JsonObject order)
    {
        var name = order["EndpointName"]!.ToString();
        if (account.Find(ResourceTypes.Endpoint, name) is not { } endpoint)
        {
            throw new StandInFault(
                "ValidationException",
                $"Could not find endpoint \"arn:{account.Partition}:sagemaker:{account.Region}:{StandInAccount.Id}:endpoint/{name.ToLowerInvariant()}\".");
        }
        var answer = Summary(endpoint);
        answer["EndpointConfigName"] = endpoint.Properties["EndpointConfigName"]!.ToString();
        answer["ProductionVariants"] = new JsonArray([.. account.VariantsOf(endpoint).Select(variant => Variant(endpoint, variant))]);
        if (endpoint.FailureReason is { } reason)
        {
            answer["FailureReason"] = reason;
        }
        return answer;
    }

    private static JsonObject Variant(StandInResource endpoint, JsonNode variant)
    {
        var count = int.Parse(variant["InitialInstanceCount"]?.ToString() ?? "1", CultureInfo.InvariantCulture);
        var answer = new JsonObject
        {
            ["VariantName"] = variant["VariantName"]!.ToString(),
            ["CurrentWeight"] = 1.0,
            ["DesiredWeight"] = 1.0,
            ["CurrentInstanceCount"] = endpoint.Status is "InService" or "Updating" ? count : 0,
            ["DesiredInstanceCount"] = count,
        };
        if (endpoint.Status is "Creating" or "Updating" or "Deleting")
        {
            answer["VariantStatus"] = new JsonArray(new JsonObject { ["Status"] = endpoint.Status, ["StartTime"] = Seconds(endpoint.ChangedAt) });
        }
        return answer;
    }

    private static JsonObject Summary(StandInResource endpoint) => new()
    {
        ["EndpointName"] = endpoint.Name,
        ["EndpointArn"] = endpoint.Arn,
        ["EndpointStatus"] = endpoint.Status,
        ["CreationTime"] = Seconds(endpoint.MadeAt),
        ["LastModifiedTime"] = Seconds(endpoint.ChangedAt),
    };

    private JsonObject List(JsonObject order)
    {
        var found = account.Left.Where(resource => resource.Type.Type == ResourceTypes.Endpoint)
            .Where(endpoint => endpoint.Name.Contains(order["NameContains"]?.ToString() ?? "", StringComparison.OrdinalIgnoreCase))
            .Where(endpoint => order["StatusEquals"]?.ToString() is not { } status || endpoint.Status == status);
        IEnumerable<StandInResource> sorted = order["SortBy"]?.ToString() switch
        {
            "Name" => found.OrderBy(endpoint => endpoint.Name, StringComparer.Ordinal),
            "Status" => found.OrderBy(endpoint => endpoint.Status, StringComparer.Ordinal),
            _ => found.OrderBy(endpoint => endpoint.MadeAt),
        };
        var all = (order["SortOrder"]?.ToString() == "Ascending" ? sorted : sorted.Reverse()).ToList();
        var size = Math.Min(account.Script.PageSize, int.Parse(order["MaxResults"]?.ToString() ?? "10", CultureInfo.InvariantCulture));
        if (!int.TryParse(order["NextToken"]?.ToString() ?? "0", CultureInfo.InvariantCulture, out var from))
        {
            throw new StandInFault("ValidationException", "Invalid NextToken.");
        }
        var answer = new JsonObject { ["Endpoints"] = new JsonArray([.. all.Skip(from).Take(size).Select(Summary)]) };
        if (from + size < all.Count)
        {
            answer["NextToken"] = (from + size).ToString(CultureInfo.InvariantCulture);
        }
        return answer;
    }
}
