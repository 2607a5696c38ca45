using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>A control-plane call on its way.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Action">Such as <c>CreateStack</c>.</param>
/// <param name="IsDone">Whether it has had its effect already; its answer is not sent yet.</param>
internal sealed record ControlCall(int Number, string Action, bool IsDone);

/// <summary>Takes calls for CloudFormation and SageMaker, lets the test's script have its way with them, and answers.</summary>
internal sealed class StandInControl(StandInAccount account)
{
    private readonly CloudFormationStandIn _stacks = new(account);
    private readonly SageMakerStandIn _endpoints = new(account);
    private int _number;

    /// <summary>
    /// Asked for every call twice: before it has its effect, and after. On false the connection is cut at that moment, so that the
    /// caller hears nothing.
    /// </summary>
    public Func<ControlCall, Task<bool>>? Hook { get; set; }

    /// <summary>The actions called, in order, the refused ones too.</summary>
    public ConcurrentQueue<string> Actions { get; } = new();

    /// <summary>Which service a call is for, as signatures name it; null when it is neither.</summary>
    public static string? ServiceOf(HttpRequest request) =>
        request.Path != "/" || request.Method != "POST" ? null
        : request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal) == true ? "cloudformation"
        : request.Headers["X-Amz-Target"].ToString().StartsWith("SageMaker.", StringComparison.Ordinal) ? "sagemaker"
        : null;

    public async Task AnswerAsync(HttpContext http, string service, byte[] body)
    {
        try
        {
            var form = service == "cloudformation" ? new StandInForm(body) : null;
            var action = form?.Needed("Action") ?? http.Request.Headers["X-Amz-Target"].ToString()["SageMaker.".Length..];
            Actions.Enqueue(action);
            var call = new ControlCall(Interlocked.Increment(ref _number), action, IsDone: false);
            account.Advance(account.Script.PerCall);
            if (!await GoesOnAsync(http, call))
            {
                return;
            }
            CheckLoad(call, service);
            var answer = Do(action, form, body, http.Request);
            if (await GoesOnAsync(http, call with { IsDone = true }))
            {
                http.Response.ContentType = form is null ? "application/x-amz-json-1.1" : "text/xml";
                await http.Response.WriteAsync(answer);
            }
        }
        catch (StandInFault fault)
        {
            await RefuseAsync(http, service, fault);
        }
    }

    /// <summary>Refuses as the service's protocol does.</summary>
    public static async Task RefuseAsync(HttpContext http, string service, StandInFault fault)
    {
        http.Response.StatusCode = fault.Status;
        if (service == "cloudformation")
        {
            http.Response.ContentType = "text/xml";
            await http.Response.WriteAsync(CloudFormationXml.Refusal(fault));
            return;
        }
        http.Response.ContentType = "application/x-amz-json-1.1";
        await http.Response.WriteAsync(new JsonObject { ["__type"] = fault.Code, ["message"] = fault.Message }.ToJsonString());
    }

    private string Do(string action, StandInForm? form, byte[] body, HttpRequest request)
    {
        lock (account.Lock)
        {
            if (form is not null)
            {
                return CloudFormationXml.Answer(action, _stacks.Answer(action, form));
            }
            return request.ContentType == "application/x-amz-json-1.1"
                ? _endpoints.Answer(action, body).ToJsonString()
                : throw new StandInFault("SerializationException", $"The content type '{request.ContentType}' is not accepted.");
        }
    }

    private void CheckLoad(ControlCall call, string service)
    {
        lock (account.Lock)
        {
            if (account.Script.Outage > 0)
            {
                account.Script.Outage--;
                throw new StandInFault("ServiceUnavailable", "Service is unable to handle request.", 503);
            }
            if (account.Script.ThrottleEvery is > 0 and var every && call.Number % every == 0)
            {
                throw new StandInFault(service == "cloudformation" ? "Throttling" : "ThrottlingException", "Rate exceeded");
            }
        }
    }

    private async Task<bool> GoesOnAsync(HttpContext http, ControlCall call)
    {
        if (Hook is null || await Hook(call))
        {
            return true;
        }
        http.Abort();
        return false;
    }
}
